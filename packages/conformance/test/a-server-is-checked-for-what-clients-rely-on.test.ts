import {
  type CheckResult,
  type IssuerOptions,
  runChecks,
  type ServiceSettings,
  startTestServer,
} from "@tokenflow/conformance";
import { checkInVirtualTime } from "@tokenflow/conformance/vitest";
import { describe, expect, test } from "vitest";

const ENDPOINTS = { device: "https://as.test/device", token: "https://as.test/token", revocation: undefined };

const QUICK = {
  decision: "none",
  interval: 0.1,
  refusesEarlyPolls: true,
  slowDownStep: 0.1,
  slowDownMembers: { interval: 0.3 },
  deviceCodeLifetime: 3,
} as const satisfies Partial<ServiceSettings>;

/** Checks a server with these settings, and returns the ids by status. */
async function check(
  settings: Partial<ServiceSettings> = {},
): Promise<Record<CheckResult["status"], string[]>> {
  const results = await checkInVirtualTime({ ...QUICK, ...settings });
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
  const results = await checkInVirtualTime(
    { ...QUICK, rotation: "none", deviceCodeLifetime: 600 },
    { approve: undefined, deny: undefined },
  );
  const notes = results.filter(({ status }) => status === "not offered").map(({ note }) => note);
  expect(notes).toContain("its codes live for 600 s");
  expect(notes).toContain("give --approve, a command that approves USER_CODE");
  expect(results.filter(({ status }) => status === "failed")).toEqual([]);
});

describe("the secret of a client is sent", () => {
  const SECRET = "s3cret:with spaces+and/100%";
  const METADATA = {
    issuer: "https://as.test",
    token_endpoint: "https://as.test/token",
    device_authorization_endpoint: "https://as.test/device",
  };

  /** Asks for a code as a confidential client, and returns how it authenticated. */
  async function sent(metadata: object, options: Partial<IssuerOptions>): Promise<object> {
    const seen: { authorization: string | null; body: string }[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (request.method === "GET") return Response.json({ ...METADATA, ...metadata });
      seen.push({ authorization: request.headers.get("authorization"), body: await request.text() });
      return Response.json({ error: "invalid_client" }, { status: 400 });
    };
    await runChecks({
      issuer: METADATA.issuer,
      clientId: "kit:1",
      clientSecret: SECRET,
      fetch,
      ...options,
    });
    const { authorization, body } = seen[0] ?? { authorization: null, body: "" };
    const { client_id, client_secret } = Object.fromEntries(new URLSearchParams(body));
    return { authorization, client_id, client_secret };
  }

  const joined = btoa("kit%3A1:s3cret%3Awith+spaces%2Band%2F100%25");
  const basic = { authorization: `Basic ${joined}`, client_id: "kit:1", client_secret: undefined };
  const post = { authorization: null, client_id: "kit:1", client_secret: SECRET };
  const POST_ONLY = { token_endpoint_auth_methods_supported: ["client_secret_post"] };

  test.each([
    ["by Basic if the metadata has no list", {}, {}, basic],
    ["in the form if the metadata lists no Basic", POST_ONLY, {}, post],
    ["as it is asked for", POST_ONLY, { clientAuthentication: "basic" }, basic],
    ["in the form to endpoints without metadata", {}, { endpoints: ENDPOINTS }, post],
  ] satisfies [string, object, Partial<IssuerOptions>, object][])(
    "%s",
    async (_, metadata, options, expected) => {
      expect(await sent(metadata, options)).toEqual(expected);
    },
  );
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
