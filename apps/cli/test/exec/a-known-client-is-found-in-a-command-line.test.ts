import { expect, test } from "vitest";
import { findClient } from "../../src/exec/find-client.ts";

test.each([
  ["codex exec hi", 1],
  ["/usr/local/bin/codex", 1],
  ["C:\\npm\\codex.cmd exec", 1],
  ["npx codex", 2],
  ["npx -y @openai/codex@0.171.0 exec", 3],
  ["npx -p @openai/codex codex exec", 4],
  ["pnpm dlx @openai/codex", 3],
  ["yarn dlx @openai/codex", 3],
  ["bunx @openai/codex", 2],
  ["npm exec -- @openai/codex exec", 4],
  ["node --no-warnings /x/node_modules/@openai/codex/bin/codex.js exec", 3],
  ["env RUST_LOG=debug codex", 3],
  ["timeout 60 codex", 3],
])("%s", (line, at) => {
  expect(findClient(line.split(" "))).toMatchObject({ program: "codex", at });
});

test("npm exec would read the arguments itself, and gets dashes before them", () => {
  expect(findClient(["npm", "exec", "@openai/codex", "hi"])).toMatchObject({ at: 3, needsDashes: true });
  expect(findClient(["npm", "exec", "--", "@openai/codex", "hi"])?.needsDashes).toBeUndefined();
});

test("a client in a line for a shell is found, and can be given no arguments", () => {
  const found = findClient(["bash", "-lc", "cd /x && codex exec hi"]);
  expect([found?.program, found?.at]).toEqual(["codex", undefined]);
});

test("other programs are not taken for clients", () => {
  for (const line of [
    "node script.mjs",
    "npm test",
    "env",
    "sh -c env",
    "python pi.py",
    "codexer",
    "npm run codex",
  ])
    expect(findClient(line.split(" ")), line).toBeUndefined();
});
