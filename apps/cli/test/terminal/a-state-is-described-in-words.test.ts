import { stateWords } from "@tokenflow/common";
import type { SessionStatus } from "@tokenflow/core";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test.each<[Partial<SessionStatus>, string]>([
  [{ state: "valid" }, "valid"],
  [{ state: "due" }, "due"],
  [{ state: "expired" }, "refreshes on next use"],
  [{ state: "refreshing" }, "refreshing"],
  [{ state: "pending" }, "waiting for you"],
  [{ state: "signed_out" }, "signed out"],
  [{ state: "revoked" }, "revoked"],
  [{ state: "unavailable", failure: { code: "store.unavailable", message: "" } }, "store unavailable"],
  [{ state: "unavailable", failure: { code: "store.corrupt", message: "" } }, "cannot be read"],
  [{ state: "valid", unsaved: true }, "valid, unsaved"],
  [{ state: "due", interrupted: { owner: "a/1/0", at: 0, resumes: "next_use" } }, "due, interrupted"],
])("%j is %s", (status, words) => {
  expect(stateWords({ provider: "p", account: "a", state: "valid", ...status })).toBe(words);
});

test("another process sees a running refresh, and one whose process was killed", async () => {
  await using sandbox = await openSandbox();
  const { simulator } = sandbox;
  await sandbox.signIn();
  const before = simulator.counts.exchanges;
  simulator.fault({ service: "github-api", path: "/copilot_internal/v2/token", delay: 60_000 });
  const refreshing = sandbox.start(["refresh", "copilot"]);
  await expect.poll(() => simulator.counts.exchanges - before, { timeout: 20_000 }).toBe(1);
  expect((await sandbox.run(["status"])).stdout).toMatch(/^copilot +default +octocat +refreshing /m);

  refreshing.child.kill("SIGKILL");
  await refreshing.ended;
  expect((await sandbox.run(["status"])).stdout).toMatch(/^copilot +default +octocat +valid, interrupted /m);
  const doctor = await sandbox.run(["doctor"]);
  expect(doctor.exit).toBe(0);
  expect(doctor.stdout).toMatch(
    /^note {2}sessions {2}copilot\/default: \S+ was interrupted while it refreshed at \S+; the next use sends the grant again$/m,
  );

  simulator.revokeGrants();
  expect((await sandbox.run(["refresh", "copilot"])).exit).toBe(3);
  expect((await sandbox.run(["status"])).stdout).toMatch(/^copilot +default +octocat +revoked /m);
});
