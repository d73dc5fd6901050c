import {
  createCommandClient,
  type Result,
  runScenario,
  SCENARIOS,
  type Scenario,
} from "@tokenflow/conformance";
import { expect, test } from "vitest";

const PLAIN = SCENARIOS.find(({ id }) => id === "signs-in");

/** Runs the plain sign-in with a command that is no client, and a short limit. */
async function tryCommand(command: string, changes: Partial<Scenario> = {}): Promise<Result> {
  if (!PLAIN) throw new Error("There is no plain scenario");
  return runScenario({ ...PLAIN, limit: 20_000, ...changes }, createCommandClient({ signIn: command }));
}

function observed({ status, findings }: Result): string {
  expect(status).toBe("failed");
  return findings[0]?.observed ?? "";
}

test("a command that cannot be started is quoted", async () => {
  expect(observed(await tryCommand("no-such-program --x"))).toMatch(/exited with 127: .*no-such-program/);
});

test("a command that prints nothing is told where the token belongs", async () => {
  expect(observed(await tryCommand("true"))).toContain("the token must be the last line of stdout");
});

test("a command that prints something else is shown its last line", async () => {
  expect(observed(await tryCommand("echo first; echo bearer abc"))).toContain(
    'its last line is "bearer abc"',
  );
});

test("a command that fails is quoted", async () => {
  expect(observed(await tryCommand("echo out of luck >&2; exit 3"))).toContain("exited with 3: out of luck");
});

test("a command that hangs is killed with its children, and the time is told", async () => {
  const result = await tryCommand("sleep 61 & echo $!; wait", { limit: 400 });
  expect(observed(result)).toMatch(/was still running after 0\.\d s, and was killed/);
  const child = Number(result.evidence?.runs[0]?.printed[0]?.text);
  await expect.poll(() => isRunning(child)).toBe(false);
});

test("a child that outlives the command is killed, and its open stdout delays nothing", async () => {
  const result = await tryCommand("sleep 62 & echo $!", { limit: 30_000 });
  const run = result.evidence?.runs[0];
  expect(run?.endedAt).toBeLessThan(25_000);
  await expect.poll(() => isRunning(Number(run?.printed[0]?.text))).toBe(false);
});

test("a command that floods stdout is killed", async () => {
  expect(observed(await tryCommand("yes", { limit: 20_000 }))).toContain(
    "printed more than 8 MiB, and was killed",
  );
});

test("a token of another server is no token", async () => {
  expect(observed(await tryCommand("echo at-12345678-abc"))).toContain("not an access token of the server");
});

test("steps after a failed sign-in are left out", async () => {
  const steps = [{ do: "signIn" }, { do: "signIn" }] as const;
  const result = await tryCommand("exit 4", { steps });
  expect(result.findings).toEqual([
    { expected: "signs in first", observed: "it exited with 4, without a word" },
  ]);
  expect(result.evidence?.runs).toHaveLength(1);
});

test("what a client does not offer is no failure, and the flag is named", async () => {
  const result = await tryCommand("true", { needs: ["token"] });
  expect(result).toMatchObject({
    status: "not offered",
    missing: { advice: "offer it with --token-command" },
  });
});

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
