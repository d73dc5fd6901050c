import {
  type CheckResult,
  type DeviceAnswer,
  runChecks,
  type ServiceSettings,
  startTestServer,
} from "@tokenflow/conformance";
import { expect, test } from "vitest";

const QUICK = {
  decision: "none",
  interval: 0.1,
  refusesEarlyPolls: true,
  slowDownStep: 0.1,
  slowDownMembers: { interval: 0.3 },
  deviceCodeLifetime: 3,
} as const satisfies Partial<ServiceSettings>;

/** Runs all checks of a server with these settings, and returns the ids by status. */
async function check(
  settings: Partial<ServiceSettings> = {},
): Promise<Record<CheckResult["status"], string[]>> {
  await using server = await startTestServer({ ...QUICK, ...settings });
  const decide =
    (decision: string) =>
    async ({ userCode, verificationUri }: DeviceAnswer): Promise<void> => {
      await fetch(`${verificationUri}/confirm`, {
        method: "POST",
        body: new URLSearchParams({ user_code: userCode, decision }),
      });
    };
  const { issuer, clientId } = server;
  const results = await runChecks({ issuer, clientId, approve: decide("approve"), deny: decide("deny") });
  const idsOf = (status: CheckResult["status"]): string[] =>
    results.filter((result) => result.status === status).map((result) => result.check.id);
  return { passed: idsOf("passed"), failed: idsOf("failed"), "not offered": idsOf("not offered") };
}

test("the server of the scenarios passes all", async () => {
  const { failed, "not offered": missing, passed } = await check();
  expect(failed).toEqual([]);
  expect(missing).toEqual([]);
  expect(passed).toHaveLength(16);
});

test.each([
  ["answers errors with status 200", { errorStatus: 200 }, "says-pending"],
  [
    "has a relative address",
    { deviceMembers: { verification_uri: "/device" } },
    "answers-the-device-request",
  ],
  ["has no token_type", { tokenOmits: ["token_type"] }, "issues-a-token"],
  ["has codes of symbols", { deviceMembers: { user_code: "W?JB*" } }, "issues-codes-that-can-be-typed"],
  ["forgives a second use", { rotation: "forgiving" }, "refuses-a-spent-refresh-token"],
  ["states less than its interval", { interval: 0.4, statedInterval: 0.1 }, "keeps-its-interval"],
] satisfies [string, Partial<ServiceSettings>, string][])(
  "a server that %s is told so",
  async (_, settings, id) => {
    expect((await check(settings)).failed).toContain(id);
  },
);

test("what cannot be tried is not offered, with the reason", async () => {
  await using server = await startTestServer({ ...QUICK, rotation: "none", deviceCodeLifetime: 600 });
  const results = await runChecks({ issuer: server.issuer, clientId: server.clientId });
  const notes = results.filter(({ status }) => status === "not offered").map(({ note }) => note);
  expect(notes).toContain("its codes live for 600 s");
  expect(notes).toContain("give --approve, a command that approves USER_CODE");
  expect(results.filter(({ status }) => status === "failed")).toEqual([]);
});

test("a server that is not there fails every check with the reason", async () => {
  const { issuer } = await closedServer();
  const results = await runChecks({ issuer, clientId: "client" });
  expect(results.every(({ status }) => status !== "passed")).toBe(true);
  expect(results[0]?.note).toContain("ECONNREFUSED");
});

/** Returns a server that has ended. */
async function closedServer(): Promise<{ readonly issuer: string }> {
  await using server = await startTestServer();
  return server;
}
