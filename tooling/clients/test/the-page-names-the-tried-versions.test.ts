import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { TRIALS } from "../src/battery.ts";
import { AGENTS } from "../src/scene/agents.ts";
import { SESSION_CLIENTS, SESSION_MODELS } from "../src/sessions/session-clients.ts";
import { SIGN_IN_TRIALS } from "../src/sign-ins.ts";

test("the page of the documentation was written for these versions and trials", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../../docs/clients.md"), "utf8");
  for (const { package: id, version } of AGENTS) expect(page).toContain(`${id} ${version}`);
  for (const trial of [...TRIALS, ...SIGN_IN_TRIALS]) expect(page).toContain(` ${trial} `);
});

test("the page tells of a session of every client with every kind of model", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../../docs/clients.md"), "utf8");
  for (const { name } of SESSION_CLIENTS) {
    for (const { kind, id } of SESSION_MODELS.filter((model) => model.provider === "copilot"))
      expect(page).toMatch(new RegExp(`\\| ${name} +\\| ${kind}: ${id} +\\| .*✓ +\\|`));
  }
});
