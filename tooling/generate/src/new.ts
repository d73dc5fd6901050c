/**
 * Generates a package: `node tooling/generate/src/new.ts provider acme`. Formats it, because a longer name can
 * break a line at another place.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { generate, KINDS } from "./generate.ts";

const root: string = resolve(import.meta.dirname, "../../..");
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly packageManager: string;
};
/** The command works without an installed pnpm. */
const pnpm = `npx ${packageManager}`;
const [requested, name] = process.argv.slice(2);
const kind = KINDS.find((known) => known === requested);

if (kind === undefined || name === undefined) {
  console.error(`Usage: ${pnpm} new:provider <name>, or ${pnpm} new:store <name>`);
  process.exitCode = 2;
} else {
  try {
    const folder = await generate(kind, name, root);
    spawnSync(join(root, "node_modules/.bin/biome"), ["check", "--write", folder], { cwd: root });
    console.log(`Created ${folder}, which passes its contract. Next:
  ${pnpm} install
  ${pnpm} exec vitest run ${folder}
  ${pnpm} run check
Then change it step by step: docs/guides/a-provider-or-store-of-your-own.md`);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
