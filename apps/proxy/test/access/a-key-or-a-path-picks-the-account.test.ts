import { createProxy } from "@tokenflow/proxy";
import { createMonitor } from "@tokenflow/proxy/monitor";
import { expect, test } from "vitest";
import { startProxy, startUpstream, type Upstream } from "../fixtures/upstream.ts";

const keys = [
  { name: "all", secret: "all-secret" },
  { name: "work", secret: "work-secret", session: "copilot@work" },
  { name: "hyper", secret: "hyper-secret", session: "hyper" },
];

async function startSessions(): Promise<AsyncDisposable & { readonly sessions: readonly Upstream[] }> {
  const sessions = await Promise.all(
    [
      ["copilot", "home"],
      ["copilot", "work"],
      ["copilot", undefined],
      ["hyper", undefined],
    ].map(([id, account]) =>
      startUpstream((_request, response) => response.end(`${id}@${account ?? "default"}`), { id, account }),
    ),
  );
  return {
    sessions,
    async [Symbol.asyncDispose]() {
      await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
    },
  };
}

test.each([
  ["/v1/models", "all-secret", "copilot@home"],
  ["/copilot/v1/models", "all-secret", "copilot@default"],
  ["/copilot@work/v1/models", "all-secret", "copilot@work"],
  ["/hyper/v1/models", "all-secret", "hyper@default"],
  ["/copilot@nobody/v1/models", "all-secret", 404],
  ["/v1/models", "work-secret", "copilot@work"],
  ["/copilot/v1/models", "work-secret", "copilot@work"],
  ["/copilot@home/v1/models", "work-secret", 404],
  ["/hyper/v1/models", "work-secret", 404],
  ["/v1/models", "hyper-secret", "hyper@default"],
  ["/copilot/v1/models", "hyper-secret", 404],
])("%s with %s is served by %s", async (path, key, answered) => {
  await using place = await startSessions();
  await using proxy = await startProxy({ sessions: place.sessions, keys });

  const answer = await fetch(proxy.url + path, { headers: { "x-api-key": key } });

  expect(answer.ok ? await answer.text() : answer.status).toBe(answered);
});

test("a key for one session can neither read the status nor sign others out", async () => {
  await using place = await startSessions();
  await using proxy = await startProxy({ sessions: place.sessions, keys, monitor: createMonitor() });
  const ask = async (path: string, key: string, method = "GET"): Promise<number> => {
    const answer = await fetch(proxy.url + path, { method, headers: { "x-api-key": key } });
    await answer.body?.cancel();
    return answer.status;
  };

  for (const path of ["/metrics", "/api/status", "/api/events"]) {
    expect([path, await ask(path, "work-secret"), await ask(path, "all-secret")]).toEqual([path, 403, 200]);
  }
  expect(await ask("/api/sign-out", "work-secret", "POST")).toBe(403);
});

test("a rate limit of one account does not switch to another", async () => {
  await using work = await startUpstream(
    (_request, response) => response.writeHead(429, { "retry-after": "30" }).end("{}"),
    { id: "copilot", account: "work" },
  );
  await using home = await startUpstream((_request, response) => response.end("{}"), { id: "copilot" });
  await using proxy = await startProxy({ sessions: [work, home] });

  for (const _time of [1, 2, 3]) expect((await fetch(`${proxy.url}/v1/models`)).status).toBe(429);

  expect(home.requests).toEqual([]);
});

test("a key for an unknown session is an error", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const lost = [{ name: "lost", secret: "secret", session: "test@nobody" }];

  expect(() => createProxy({ sessions: [upstream], keys: lost })).toThrow(
    'Key "lost" refers to unknown session "test@nobody"',
  );
});
