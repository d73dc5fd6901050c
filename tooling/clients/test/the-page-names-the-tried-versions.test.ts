import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { AGENTS } from "../src/agents.ts";
import { TRIALS } from "../src/battery.ts";
import { SIGN_IN_TRIALS } from "../src/sign-ins.ts";

test("the page of the documentation was written for these versions and trials", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../../docs/clients.md"), "utf8");
  for (const { package: id, version } of AGENTS) expect(page).toContain(`${id} ${version}`);
  for (const trial of [...TRIALS, ...SIGN_IN_TRIALS]) expect(page).toContain(` ${trial} `);
});
