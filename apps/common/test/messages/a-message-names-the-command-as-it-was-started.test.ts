import { startedAs } from "@tokenflow/common";
import { expect, test } from "vitest";

const SCRIPT = "/src/tokenflow/apps/cli/dist/bin.cjs";
const INSTALLED = "/project/node_modules/.bin/tokenflow";
const CHECKOUT = { npm_package_name: "tokenflow", npm_lifecycle_event: "tokenflow:all" };
const HINT = "Run: tokenflow login copilot";
const PORT = "choose another port: tokenflow-proxy --port 4142";

test.each([
  ["an installed program", {}, INSTALLED, HINT, HINT],
  ["a checkout", CHECKOUT, SCRIPT, HINT, "Run: npm run -s tokenflow -- login copilot"],
  ["npx", { npm_command: "exec" }, INSTALLED, HINT, "Run: npx tokenflow login copilot"],
  ["a program installed in a folder of a script", { ...CHECKOUT }, INSTALLED, HINT, HINT],
  ["node itself", {}, SCRIPT, HINT, HINT],
  [
    "npm start",
    { ...CHECKOUT, npm_lifecycle_event: "start" },
    SCRIPT,
    PORT,
    "choose another port: npm start -- --port 4142",
  ],
] as const)("after a start by %s", (_name, env, script, hint, shown) => {
  expect(startedAs(env, script)(hint)).toBe(shown);
});

test.each([
  "tokenflow: not signed in",
  "stored in ~/.config/tokenflow (file)",
  "@tokenflow/core is too old",
  "tokenflow is not an official client",
])("%s is no command", (text) => {
  expect(startedAs(CHECKOUT, SCRIPT)(text)).toBe(text);
});
