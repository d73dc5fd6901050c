import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasServices } from "@tokenflow/services";
import { differenceOf, type Figure } from "../measure/figure.ts";
import { hyperfine } from "../measure/hyperfine.ts";
import { type Area, atMost, exactly } from "../measure/result.ts";
import { bundle } from "./bundle.ts";
import { OURS, type Program } from "./programs.ts";

const CORE = join(import.meta.dirname, "../../../../packages/core/dist/index.js");

/** Measures what TokenFlow adds to a bundle, and to the start of a program. */
export const weight: Area = {
  title: "Weight",
  async run({ quick, folder, say }) {
    say("bundles");
    const weigh = async (program: Program) => ({ ...(await bundle(program)), name: program.name });
    const bundles = await Promise.all(Object.values(OURS).map(weigh));
    const gzip = ({ name }: Program): Figure | undefined => {
      const found = bundles.find((candidate) => candidate.name === name);
      return found && exactly(found.gzip / 1000);
    };
    say("imports");
    const imported = hasServices("hyperfine") ? await importTime(folder, quick) : undefined;
    return {
      tables: [
        {
          about: "Programs that were bundled and minified by esbuild and compressed by gzip.",
          columns: ["gzip [kB]", "minified [kB]", "packages in it"],
          rows: bundles.map(({ name, gzip, minified, packages }) => [
            name,
            ...[gzip / 1000, minified / 1000, packages.length].map(exactly),
          ]),
        },
      ],
      goals: [
        atMost("core's own code", gzip(OURS.own), 12, "kB"),
        atMost("core with ky and keyv", gzip(OURS.core), 32, "kB"),
        atMost("importing core, over bare Node", imported, 10, "ms"),
      ],
    };
  },
};

async function importTime(folder: string, quick: boolean): Promise<Figure | undefined> {
  const command = async (name: string, code: string) => {
    const path = join(folder, `${name}.mjs`);
    await writeFile(path, code);
    return { name, line: `${process.execPath} ${path}` };
  };
  const commands = [await command("bare", ""), await command("core", `import "${CORE}";`)];
  const times = await hyperfine(commands, { folder, rounds: quick ? 1 : 15, runs: 2 });
  return differenceOf(times.get("core"), times.get("bare"));
}
