import { expect, test } from "vitest";
import { openSandbox } from "./support/sandbox.ts";

test("on a session whose token has run out, all get the same new one", async () => {
  await using sandbox = await openSandbox({ tokenLifetime: 0.5 });
  await sandbox.signIn();
  sandbox.simulator.settings.tokenLifetime = 1800;
  sandbox.simulator.expireTokens();
  const signedIn = Date.now();
  await expect.poll(() => Date.now() - signedIn > 600).toBe(true);
  const before = sandbox.simulator.counts.exchanges;

  const all = await Promise.all(Array.from({ length: 20 }, () => sandbox.run(["token", "copilot"])));

  expect(all.map(({ exit, stderr }) => [exit, stderr])).toEqual(all.map(() => [0, ""]));
  expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1);
  expect(sandbox.simulator.counts.exchanges - before).toBe(1);
});
