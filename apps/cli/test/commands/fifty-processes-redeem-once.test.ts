import { expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const PROCESSES = 50;
/** Enough to be waiting, all of them, when one is killed. */
const WAITING = 10;
/** In milliseconds; a service that gives less than a second gives none. */
const LIFETIME = 1_500;

/** Somebody is signed in, and the token has run out; the next one lives for long. */
async function openExpired(): Promise<Sandbox> {
  const sandbox = await openSandbox({ tokenLifetime: LIFETIME / 1_000 });
  const { simulator } = sandbox;
  expect((await sandbox.signIn()).exit).toBe(0);
  const signedIn = Date.now();
  simulator.settings.tokenLifetime = 1800;
  simulator.expireTokens();
  await expect.poll(() => Date.now() - signedIn > LIFETIME, { timeout: 20_000 }).toBe(true);
  return sandbox;
}

test("on a session whose token has run out, all print the same new one", async () => {
  await using sandbox = await openExpired();
  const { simulator } = sandbox;
  const before = simulator.counts.exchanges;

  const all = await Promise.all(Array.from({ length: PROCESSES }, () => sandbox.run(["token", "copilot"])));
  expect(all.map(({ exit, stderr }) => [exit, stderr])).toEqual(all.map(() => [0, ""]));
  expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1);
  expect(simulator.counts.exchanges - before).toBe(1);
});

test("a process that is killed while it redeems for all leaves the others one token", async () => {
  await using sandbox = await openExpired();
  const { simulator } = sandbox;
  const before = simulator.counts.exchanges;
  // It has sent the grant, and the answer is on its way when it dies.
  simulator.fault({ service: "github-api", path: "/copilot_internal/v2/token", delay: 60_000 });
  const redeeming = sandbox.start(["token", "copilot"]);
  await expect.poll(() => simulator.counts.exchanges - before, { timeout: 20_000 }).toBe(1);
  const others = Array.from({ length: WAITING }, () => sandbox.run(["token", "copilot"]));
  redeeming.child.kill("SIGKILL");

  const all = await Promise.all(others);
  expect(all.map(({ exit, stderr }) => [exit, stderr])).toEqual(all.map(() => [0, ""]));
  expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1);
  expect((await redeeming.ended).stdout).toBe("");
  expect(simulator.counts.exchanges - before).toBe(2);
});
