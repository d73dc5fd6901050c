import { homedir } from "node:os";
import { UsageError } from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import { expect, test } from "vitest";
import { problemJson, problemLine, problemStack, readProblem } from "../../src/cli/problem.ts";

test("a library's sentence continues after the colon, and the hint follows", async () => {
  const error = new TokenFlowError("provider.unavailable", "No answer from api.github.com (ECONNREFUSED)", {
    hint: "Check the network, then try again.",
  });
  expect(problemLine(await readProblem(error))).toBe(
    "tokenflow: no answer from api.github.com (ECONNREFUSED). Check the network, then try again.",
  );
});

test("names keep their capital, and questions keep their mark", async () => {
  expect(
    problemLine(await readProblem(new TokenFlowError("provider.malformed", "GitHub answered 404."))),
  ).toBe("tokenflow: GitHub answered 404.");
  expect(problemLine(await readProblem(new UsageError("did you mean token?", "Run: tokenflow --help")))).toBe(
    "tokenflow: did you mean token? Run: tokenflow --help",
  );
});

test("paths in the home folder are written with ~", async () => {
  const path = `${homedir()}/.config/tokenflow/copilot.json`;
  const error = new TokenFlowError("store.insecure", `${path} can be read by others`, {
    hint: `Run: chmod 600 ${path}`,
  });
  expect(problemLine(await readProblem(error))).toBe(
    "tokenflow: ~/.config/tokenflow/copilot.json can be read by others. Run: chmod 600 ~/.config/tokenflow/copilot.json",
  );
});

test.each([
  "ghu_abcdefghijklmnop",
  "tid=abc;exp=1:mac",
  "Bearer abcdefghijklmnopqrstuvw",
  "eyJhbGciOi.eyJleHAiOjF9.c2ln",
])("a foreign error that holds %s does not print it", async (secret) => {
  const error = new TypeError(`cannot read ${secret}`);
  const problem = await readProblem(error);
  const shown = problemLine(problem) + problemJson(problem) + (await problemStack(error));
  expect(shown).not.toContain(secret);
  expect(shown).toContain("[redacted]");
  expect(problem.exit).toBe(1);
});

test("a foreign error that contains the address of a device code shows no code", async () => {
  const problem = await readProblem(new TypeError("cannot read /device/auth/code-of-hyper"));
  expect(problemLine(problem)).toContain("/device/auth/[redacted]");
  expect(problemJson(problem)).not.toContain("code-of-hyper");
});

test("if closing fails too, the first error is reported", async () => {
  const first = new TokenFlowError("session.signed_out", "not signed in");
  const pair = new SuppressedError(new Error("closing"), first, "both");
  expect(await readProblem(pair)).toMatchObject({ exit: 3, code: "session.signed_out" });
});
