import { type Fault, type Simulator, startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { type Answer, ask, copilotToken, events, exchangeGithub, PATIENT, send } from "./requests.ts";

/** One exchange that a fault hits. */
async function faultyExchange(simulator: Simulator, fault: Fault): Promise<Answer> {
  simulator.fault({ service: "github-api", ...fault });
  return exchangeGithub(simulator, simulator.createGrant("github"));
}

test("it is chosen by service, method and path, after so many, so many times", async () => {
  await using simulator = await startSimulator();
  const grant = simulator.createGrant("github");
  const status = async (): Promise<number> => (await exchangeGithub(simulator, grant)).status;
  simulator.fault({
    service: "github-api",
    method: "GET",
    path: "/copilot_internal",
    skip: 1,
    count: 2,
    status: 503,
  });
  simulator.fault({ service: "hyper", status: 500 });
  simulator.fault({ method: "POST", status: 500 });
  expect(
    (await send(`${simulator.githubApiUrl}/user`, { headers: { authorization: `token ${grant}` } })).status,
  ).toBe(200);
  expect([await status(), await status(), await status(), await status()]).toEqual([200, 503, 503, 200]);
  expect(simulator.counts).toMatchObject({ faults: 2, exchanges: 4, tokens: 2 });
  expect(simulator.journal.filter((entry) => entry.fault)).toHaveLength(2);
});

test("clearFaults ends them all", async () => {
  await using simulator = await startSimulator();
  simulator.fault({ status: 500, count: 100 });
  simulator.clearFaults();
  expect((await exchangeGithub(simulator, simulator.createGrant("github"))).status).toBe(200);
});

test("status alone looks like a front door; body and headers replace it", async () => {
  await using simulator = await startSimulator();
  const gateway = await faultyExchange(simulator, { status: 502 });
  expect([gateway.status, gateway.headers.get("content-type")]).toEqual([502, "text/html"]);
  const own = await faultyExchange(simulator, {
    status: 403,
    body: { message: "no" },
    headers: { "x-why": "test" },
  });
  expect([own.status, own.json, own.headers.get("x-why")]).toEqual([403, { message: "no" }, "test"]);
  const text = await faultyExchange(simulator, { status: 404, body: "gone" });
  expect([text.status, text.text]).toEqual([404, "gone"]);
});

test("retryAfter is sent as it is, and alone means 429", async () => {
  await using simulator = await startSimulator();
  const limited = await faultyExchange(simulator, { retryAfter: 7 });
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
  const unavailable = await faultyExchange(simulator, {
    status: 503,
    retryAfter: "Wed, 21 Oct 2026 07:28:00 GMT",
  });
  expect(unavailable.headers.get("retry-after")).toBe("Wed, 21 Oct 2026 07:28:00 GMT");
});

test("merge and omit change the true answer", async () => {
  await using simulator = await startSimulator();
  const { json } = await faultyExchange(simulator, { merge: { refresh_in: "soon" }, omit: ["expires_at"] });
  expect(json).toMatchObject({ refresh_in: "soon", token: expect.stringMatching(/^tid=/) });
  expect(json).not.toHaveProperty("expires_at");
});

test("badJson is cut and complete as HTTP, hugeBody is valid JSON, gzip is compressed", async () => {
  await using simulator = await startSimulator();
  const bad = await faultyExchange(simulator, { badJson: true });
  expect(bad.status).toBe(200);
  expect(() => void JSON.parse(bad.text)).toThrow(SyntaxError);
  const huge = await faultyExchange(simulator, { hugeBody: 3_000_000 });
  expect(huge.text).toHaveLength(3_000_000);
  expect(huge.json).toHaveProperty("padding");
  const bomb = await faultyExchange(simulator, { hugeBody: 3_000_000, gzip: true });
  expect(bomb.headers.get("content-encoding")).toBe("gzip");
  expect(bomb.text).toHaveLength(3_000_000);
  expect(simulator.journal.at(-1)?.bytes).toBeLessThan(10_000);
});

test("delay answers late, hang never", async () => {
  await using simulator = await startSimulator();
  const start = performance.now();
  expect((await faultyExchange(simulator, { delay: 80 })).status).toBe(200);
  expect(performance.now() - start).toBeGreaterThan(75);
  simulator.fault({ hang: true });
  const leave = new AbortController();
  const hanging = fetch(`${simulator.githubApiUrl}/user`, { signal: leave.signal });
  await expect.poll(() => simulator.counts.faults, PATIENT).toBe(2);
  leave.abort();
  await expect(hanging).rejects.toThrow("aborted");
  await expect.poll(() => simulator.counts.aborted, PATIENT).toBe(1);
  expect(simulator.journal.at(-1)).toMatchObject({ aborted: true, done: true, status: 0 });
});

test("reset ends the connection without an answer, and is not counted as the client's doing", async () => {
  await using simulator = await startSimulator();
  await expect(faultyExchange(simulator, { reset: true })).rejects.toThrow("fetch failed");
  await expect.poll(() => simulator.journal.at(-1)?.done, PATIENT).toBe(true);
  expect(simulator.counts.aborted).toBe(0);
  expect(simulator.counts.tokens).toBe(0);
});

test.each([0, 100, 1500])("cutAfter %i breaks a stream off after so many bytes", async (cutAfter) => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  simulator.fault({ service: "copilot", cutAfter });
  const response = await fetch(`${simulator.copilotUrl}/models`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  let received = 0;
  const read = async (): Promise<void> => {
    for await (const bytes of response.body ?? []) received += bytes.length;
  };
  await expect(read()).rejects.toThrow("terminated");
  expect(received).toBe(cutAfter);
  expect(simulator.counts.aborted).toBe(0);
});

test("hangAfter falls silent in the middle of a stream", async () => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  simulator.fault({ service: "copilot", hangAfter: 50 });
  const response = await fetch(`${simulator.copilotUrl}/models`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const reader = response.body?.getReader();
  expect((await reader?.read())?.value).toHaveLength(50);
  await reader?.cancel();
  await expect.poll(() => simulator.counts.aborted, PATIENT).toBe(1);
});

test.each([0, 2])("streamError after %i events ends the stream with an error event", async (after) => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  const error = { message: "IDE token expired: unauthorized: token expired", code: "session_expired" };
  simulator.fault({ service: "copilot", streamError: { after, error } });
  const { status, text } = await ask(simulator, token, { stream: true });
  expect(status).toBe(200);
  expect(events(text)).toHaveLength(after + 1);
  expect(events(text).at(-1)).toEqual({ error });
  expect(text).not.toContain("[DONE]");
});
