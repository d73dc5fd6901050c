import { createTokenManager } from "@tokenflow/core";
import { copilotOptionsFromEnv, createCopilotProvider } from "@tokenflow/provider-copilot";
import { createMonitor, type ProxyStatus, type SessionView } from "@tokenflow/proxy/monitor";
import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { openEvents } from "../fixtures/event-stream.ts";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

test("a sign-in shows code and link at once, then the approval and the usage; a sign-out ends the session", async () => {
  await using simulator = await startSimulator({ interval: 0.02 });
  const monitor = createMonitor();
  await using manager = createTokenManager({
    provider: createCopilotProvider(copilotOptionsFromEnv(simulator.env)),
    onEvent: monitor.onEvent,
  });
  await using proxy = await startProxy({ sessions: [{ manager }], monitor });
  await using events = await openEvents(proxy.url);
  expect((await events.seen("status", () => true, "the status came")).sessions).toMatchObject([
    { state: "signed_out", text: "Not signed in", changeable: true },
  ]);

  const answer = await post(`${proxy.url}/api/sign-in`, { provider: "copilot" });
  const pending = (await answer.json()) as SessionView;
  expect(pending).toMatchObject({
    state: "pending",
    text: "Waiting for approval",
    signIn: { verificationUri: expect.stringContaining("http"), expiresAt: expect.any(Number) },
  });
  const again = (await (
    await post(`${proxy.url}/api/sign-in`, { provider: "copilot" })
  ).json()) as SessionView;
  expect(again.signIn).toEqual(pending.signIn);
  simulator.approve(pending.signIn?.userCode ?? "");

  const signedIn = await events.seen("session", ({ login }) => login !== undefined, "it turned green");
  expect(signedIn).toMatchObject({
    state: "valid",
    login: "octocat",
    text: "Signed in as octocat",
    dueAt: expect.any(Number),
  });
  expect(signedIn).not.toHaveProperty("signIn");
  const { usage } = await events.seen("session", (view) => view.usage !== undefined, "its usage came");
  expect(usage?.quotas).toContainEqual(
    expect.objectContaining({ name: expect.any(String), remaining: expect.any(Number) }),
  );
  for (const _time of [1, 2, 3]) await (await fetch(`${proxy.url}/api/status`)).text();
  expect(simulator.journal.filter(({ kind }) => kind === "usage")).toHaveLength(1);

  const out = await post(`${proxy.url}/api/sign-out`, { provider: "copilot", account: "default" });
  expect(await out.json()).toMatchObject({ state: "signed_out", text: "Not signed in" });
  await events.seen("session", ({ state }) => state === "signed_out", "it is shown");
  expect((await (await fetch(`${proxy.url}/api/status`)).json()) as ProxyStatus).toMatchObject({
    sessions: [{ state: "signed_out" }],
  });
});

test.each([
  ["no JSON", "{", 400],
  ["a list", [], 400],
  ["no provider", {}, 400],
  ["a number", { provider: 1 }, 400],
  ["a session that is not there", { provider: "test", account: "work" }, 404],
  ["too much", { provider: "x".repeat(5000) }, 413],
])("%s is refused", async (_what, body, status) => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], monitor: createMonitor() });

  for (const path of ["/api/sign-in", "/api/sign-out"]) {
    expect((await post(proxy.url + path, body)).status, path).toBe(status);
  }
});

test("requests that a page can send without a preflight are rejected", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const origins = ["https://app.example.org"];
  await using proxy = await startProxy({ sessions: [upstream], origins, monitor: createMonitor() });
  const body = { provider: "test" };

  for (const path of ["/api/sign-in", "/api/sign-out"]) {
    const plain = await post(proxy.url + path, body, { "content-type": "text/plain" });
    expect(plain.status, path).toBe(400);
    const foreign = await post(proxy.url + path, body, { origin: "https://evil.example" });
    expect(foreign.status, path).toBe(403);
    // An origin that may use the models may still not sign people out.
    const listed = await post(proxy.url + path, body, { origin: "https://app.example.org" });
    expect(listed.status, path).toBe(403);
  }
});

test("a session from the environment cannot be signed out", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], monitor: createMonitor() });

  const answer = await post(`${proxy.url}/api/sign-out`, { provider: "test" });

  expect(await answer.json()).toMatchObject({ error: { code: "provider.misconfigured" } });
  expect((await fetch(`${proxy.url}/v1/models`)).status).toBe(200);
});
