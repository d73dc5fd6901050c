import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const CATALOG = {
  data: [
    {
      id: "claude-opus-4.7",
      name: "Claude Opus 4.7",
      supported_endpoints: ["/messages", "/chat/completions"],
    },
    { id: "gpt-5.3-codex", supported_endpoints: ["/responses"] },
    { id: "gpt-4.1" },
  ],
};

const catalog = (request: IncomingMessage, response: ServerResponse): void => {
  const isList = request.url === "/api/models";
  response.writeHead(isList ? 200 : 404, { "content-type": "application/json" });
  response.end(JSON.stringify(isList ? CATALOG : { error: { message: "the upstream's own 404" } }));
};

test("Anthropic's clients get Anthropic's list, of the models that its path serves without translation", async () => {
  await using upstream = await startUpstream(catalog);
  await using proxy = await startProxy({ sessions: [upstream], dialects: false });
  const answered = await fetch(`${proxy.url}/v1/models?limit=1&after_id=x`, {
    headers: { "anthropic-version": "2023-06-01" },
  });
  const released = { type: "model", created_at: "1970-01-01T00:00:00Z" };
  expect(await answered.json()).toEqual({
    data: [
      { ...released, id: "claude-opus-4-7", display_name: "Claude Opus 4.7" },
      { ...released, id: "gpt-4.1", display_name: "gpt-4.1" },
    ],
    has_more: false,
    first_id: "claude-opus-4-7",
    last_id: "gpt-4.1",
  });
});

test("Codex gets the list with a catalog of its own that is empty, so it keeps its instructions", async () => {
  await using upstream = await startUpstream(catalog);
  await using proxy = await startProxy({ sessions: [upstream] });
  const answered = await fetch(`${proxy.url}/v1/models?client_version=0.171.0`);
  expect(await answered.json()).toEqual({ object: "list", ...CATALOG, models: [] });
});

test.each([
  ["/v1/models/gpt-4.1", "gpt-4.1"],
  ["/models/claude-opus-4-7", "claude-opus-4.7"],
  ["/v1/models/other/gpt-4.1", "other/gpt-4.1"],
  ["/other/v1/models/gpt-4.1", "gpt-4.1"],
])("%s is one model", async (path, id) => {
  await using upstream = await startUpstream(catalog);
  await using other = await startUpstream(catalog, { id: "other" });
  await using proxy = await startProxy({ sessions: [upstream, other] });
  const answered = await fetch(proxy.url + path);
  expect([answered.status, await answered.json()]).toMatchObject([200, { object: "model", id }]);
  const anthropic = await fetch(proxy.url + path, { headers: { "anthropic-version": "2023-06-01" } });
  expect(await anthropic.json()).toMatchObject({ type: "model", id: id.replace("4.7", "4-7") });
});

test("an unknown model is a 404; below a provider's path the upstream says so itself", async () => {
  await using upstream = await startUpstream(catalog);
  await using proxy = await startProxy({ sessions: [upstream] });
  const unknown = await fetch(`${proxy.url}/v1/models/nothing`);
  expect([unknown.status, await unknown.json()]).toMatchObject([
    404,
    { error: { code: "request.not_found", message: "Unknown model nothing." } },
  ]);
  const own = await fetch(`${proxy.url}/test/v1/models/nothing`);
  expect([own.status, await own.json()]).toMatchObject([
    404,
    { error: { message: "the upstream's own 404" } },
  ]);
});

test("an upstream that never tells its models is named, and is no fault of the proxy", async () => {
  const { timeout } = AbortSignal;
  const hurried = vi.spyOn(AbortSignal, "timeout").mockImplementation((time) => timeout(time / 100));
  onTestFinished(() => hurried.mockRestore());
  await using upstream = await startUpstream(() => undefined);
  await using proxy = await startProxy({ sessions: [upstream] });
  const answered = await fetch(`${proxy.url}/v1/models/gpt-4.1`);
  expect(answered.status).toBe(503);
  expect(await answered.json()).toMatchObject({
    error: {
      code: "provider.unavailable",
      message: "Test Service returned no list of models within 10 s. Try again in a moment.",
    },
  });
});
