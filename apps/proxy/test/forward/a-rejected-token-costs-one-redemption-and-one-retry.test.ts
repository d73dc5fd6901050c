import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { createTokenManager, type Provider } from "@tokenflow/core";
import OpenAI from "openai";
import { request } from "undici";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { post } from "../fixtures/requests.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

/** These are tests of exchanged tokens, which expire and are replaced. */
const startExchange: typeof startCopilot = (options) => startCopilot({ unknownEditors: true, ...options });

const EXPIRED = JSON.stringify({ error: "the token has expired" });

test("20 requests whose token has expired share one redemption", async () => {
  await using copilot = await startExchange();
  const { simulator } = copilot;
  await using proxy = await startProxy({ sessions: [copilot] });
  const openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: "unused", maxRetries: 0 });
  await openai.models.list();
  expect(simulator.counts.exchanges).toBe(1);
  simulator.expireTokens();

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      openai.chat.completions.create({
        model: "gpt-4.1",
        messages: [{ role: "user", content: `Question ${index}` }],
      }),
    ),
  );

  expect(
    answers.every(({ choices }, index) => choices[0]?.message.content?.includes(`Question ${index}`)),
  ).toBe(true);
  expect(simulator.counts.exchanges).toBe(2);
  expect(simulator.counts.refusals).toBeLessThanOrEqual(20);
});

test.each([
  ["plain", {}, EXPIRED],
  ["compressed", { "content-encoding": "gzip" }, gzipSync(EXPIRED)],
])("the caller never sees the rejection: %s", async (_name, headers, body) => {
  await using upstream = await startUpstream((incoming, response) => {
    if (incoming.headers.authorization === "Bearer token-1") response.writeHead(401, headers).end(body);
    else response.end("fine");
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/chat/completions`, { method: "POST", body: "{}" });

  expect([answer.statusCode, await answer.body.text()]).toEqual([200, "fine"]);
  expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer token-1",
    "Bearer token-2",
  ]);
});

test.each([
  ["does not end", (response: ServerResponse) => response.write(EXPIRED)],
  [
    "breaks during the retry",
    (response: ServerResponse) => {
      response.write(EXPIRED + " ".repeat(20_000));
      setTimeout(() => response.destroy(), 20);
    },
  ],
])("a rejection that %s does not affect the retry, and is released", async (_name, refuse) => {
  let gone = false;
  await using upstream = await startUpstream((incoming, response) => {
    if (incoming.headers.authorization === "Bearer token-1") {
      response.on("close", () => (gone = true));
      return refuse(response.writeHead(401));
    }
    response.write("fi");
    setTimeout(() => response.end("ne"), 100);
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/models`);

  expect([answer.statusCode, await answer.body.text()]).toEqual([200, "fine"]);
  await until(() => gone, "the refusal was let go");
});

test.each(["chat/completions", "responses", "messages"])(
  "an expiry that a stream begins with is a refusal, too: %s",
  async (path) => {
    await using copilot = await startExchange({ chunks: 3 });
    const { simulator } = copilot;
    await using proxy = await startProxy({ sessions: [copilot] });
    const error = { message: "IDE token expired: unauthorized: token expired", code: "unauthorized" };
    simulator.fault({ service: "copilot", method: "POST", streamError: { after: 0, error } });
    const model = path === "responses" ? "gpt-5-codex" : "claude-sonnet-4.5";
    const messages = [{ role: "user", content: "Still there?" }];
    const body = {
      model,
      stream: true,
      max_tokens: 9,
      ...(path === "responses" ? { input: "?" } : { messages }),
    };

    const { status, text } = await post(`${proxy.url}/v1/${path}`, body);

    expect(status).toBe(200);
    expect(text).not.toContain("token expired");
    expect(text).toMatch(/You /);
    expect(simulator.counts.exchanges).toBe(2);
    expect(simulator.counts.modelCalls).toBe(2);
  },
);

const REFUSAL = 'data: {"error":{"message":"token expired"}}';

test.each<[string, readonly (string | Buffer)[], Record<string, string>]>([
  ["byte by byte", Array.from(`event: error\n${REFUSAL}\n\n`), {}],
  ["with line ends of two bytes", [`${REFUSAL}\r\n\r\n`], {}],
  ["after comments", [": hello\n\n", ": still here\n\n", `${REFUSAL}\n\n`], {}],
  ["compressed", [gzipSync(`${REFUSAL}\n\n`)], { "content-encoding": "gzip" }],
])("a rejection in a stream's first event is recognized at once: %s", async (_how, parts, headers) => {
  await using upstream = await startUpstream(async (incoming, response) => {
    if (incoming.headers.authorization === "Bearer token-2") return void response.end("fine");
    response.writeHead(200, { "content-type": "text/event-stream", ...headers });
    for (const part of parts) {
      response.write(part);
      await new Promise(setImmediate);
    }
  });
  const { provider } = upstream.manager;
  if (!provider.upstream) throw new Error("no upstream");
  const refusing: Provider = {
    ...provider,
    upstream: {
      ...provider.upstream,
      mayRejectInStream: true,
      isTokenRejected: ({ status, body }) => status === 200 && body.includes(REFUSAL),
    },
  };
  await using manager = createTokenManager({ provider: refusing, grant: { secret: "grant" } });
  await using proxy = await startProxy({ sessions: [{ manager }] });

  const start = performance.now();
  expect(await post(`${proxy.url}/v1/chat/completions`, {})).toEqual({ status: 200, text: "fine" });

  // A response that is not recognized is buffered for a second.
  expect(performance.now() - start).toBeLessThan(1_000);
});

test.each<[string, number, object]>([
  ["after a byte was forwarded", 1, { message: "token expired" }],
  ["with another message", 0, { message: "The model is overloaded.", code: "model_overloaded" }],
])("an error inside a stream %s passes unchanged", async (_which, after, error) => {
  await using copilot = await startExchange({ chunks: 3 });
  await using proxy = await startProxy({ sessions: [copilot] });
  copilot.simulator.fault({
    service: "copilot",
    method: "POST",
    streamError: { after, error: { ...error } },
  });
  const body = { model: "gpt-4.1", stream: true, messages: [{ role: "user", content: "?" }] };

  const { text } = await post(`${proxy.url}/v1/chat/completions`, body);

  expect(text).toContain(`data: ${JSON.stringify({ error })}\n\n`);
  expect(copilot.simulator.counts.modelCalls).toBe(1);
});

test.each([
  ["a 403 that names the expiry is a refusal", "unauthorized: token expired", [200, 2]],
  ["any other 403 is returned", "This model is not enabled for you.", [403, 1]],
])("%s", async (_which, message, expected) => {
  await using copilot = await startExchange();
  await using proxy = await startProxy({ sessions: [copilot] });
  copilot.simulator.fault({ service: "copilot", method: "POST", status: 403, body: { error: { message } } });
  const body = { model: "gpt-4.1", messages: [{ role: "user", content: "?" }] };

  const { status } = await post(`${proxy.url}/v1/chat/completions`, body);

  expect([status, copilot.simulator.counts.modelCalls]).toEqual(expected);
});

test("a stream whose first event is late is not buffered without end", async () => {
  await using copilot = await startExchange({ chunkDelay: 1 });
  await using proxy = await startProxy({ sessions: [copilot] });
  // Only the start of the first event ever arrives.
  copilot.simulator.fault({ service: "copilot", method: "POST", hangAfter: 20 });

  const answer = await request(`${proxy.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "gpt-4.1", stream: true, messages: [{ role: "user", content: "?" }] }),
  });

  // The event itself may be repaired, so it is sent when all of it has come.
  expect(answer.statusCode).toBe(200);
});

test("a second rejection is returned in the upstream's words", async () => {
  await using upstream = await startUpstream((_request, response) => response.writeHead(401).end(EXPIRED));
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/models`);

  expect([answer.statusCode, await answer.body.json()]).toMatchObject([
    401,
    { error: { message: "the token has expired" } },
  ]);
  expect(upstream.requests).toHaveLength(2);
  expect(upstream.redemptions()).toBe(2);
});

test("an error about the person is not a rejection of the token", async () => {
  await using upstream = await startUpstream((_request, response) =>
    response.writeHead(401).end("no access"),
  );
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/models`);

  expect([answer.statusCode, await answer.body.json()]).toMatchObject([
    401,
    { error: { message: "no access" } },
  ]);
  expect(upstream.requests).toHaveLength(1);
});

test("when there is no other token the caller gets the reason", async () => {
  await using copilot = await startExchange();
  const { simulator } = copilot;
  await using proxy = await startProxy({ sessions: [copilot] });
  await (await request(`${proxy.url}/v1/models`)).body.dump();
  simulator.expireTokens();
  simulator.fault({ service: "github-api", status: 503, count: 100 });

  const away = await request(`${proxy.url}/v1/models`);

  expect(away.statusCode).toBe(503);
  expect(Number(away.headers["retry-after"])).toBeGreaterThan(0);
  expect(await away.body.json()).toMatchObject({
    error: { code: "provider.unavailable", type: "server_error" },
  });
});

test("a session that was revoked meanwhile asks for a sign-in and does not hang", async () => {
  await using copilot = await startExchange();
  const { simulator } = copilot;
  await using proxy = await startProxy({ sessions: [copilot] });
  await (await request(`${proxy.url}/v1/models`)).body.dump();
  simulator.expireTokens();
  simulator.revokeGrants();

  const answer = await request(`${proxy.url}/v1/models`);

  expect(answer.statusCode).toBe(401);
  expect(await answer.body.json()).toMatchObject({
    error: {
      code: "session.revoked",
      message: expect.stringMatching(/ and enter [A-Z0-9]{4}-[A-Z0-9]{4}, then/),
    },
  });
});
