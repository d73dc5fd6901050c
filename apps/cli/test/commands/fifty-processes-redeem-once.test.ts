import { expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const PROCESSES = 50;
/** Enough processes that all the others wait when one is killed. */
const WAITING = 10;
/** In milliseconds. A lifetime below one second counts as none. */
const LIFETIME = 1_500;

/** Opens a sandbox with an expired token whose successor is long-lived. */
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

test("with an expired token, all print the same new one", async () => {
  await using sandbox = await openExpired();
  const { simulator } = sandbox;
  const before = simulator.counts.exchanges;

  const all = await Promise.all(Array.from({ length: PROCESSES }, () => sandbox.run(["token", "copilot"])));
  expect(all.map(({ exit, stderr }) => [exit, stderr])).toEqual(all.map(() => [0, ""]));
  expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1);
  expect(simulator.counts.exchanges - before).toBe(1);
});

test("if the refreshing process is killed, the others still get one token", async () => {
  await using sandbox = await openExpired();
  const { simulator } = sandbox;
  const before = simulator.counts.exchanges;
  // It is killed after it has sent the grant and before the response arrives.
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
