import { createFetch } from "@tokenflow/core";
import { type Answer, createScriptedFetch, type SeenRequest } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createIssuer, createTestUpstream, issue } from "../support/manager-of-tokens.ts";

const BASE = "https://api.example.org/v1";
const CHAT = `${BASE}/chat`;

/** An API that accepts every token but the first. */
const refusesFirst = ({ headers }: SeenRequest): Answer =>
  headers.get("authorization") === "Bearer token-1"
    ? { status: 401, text: "expired" }
    : { json: { ok: true } };

function stage(answer: (request: SeenRequest) => Answer = refusesFirst) {
  const issuer = createIssuer({ upstream: createTestUpstream(BASE) });
  const script = createScriptedFetch(answer);
  return { issuer, script, fetch: createFetch(issuer.manager, { fetch: script.fetch }) };
}

const bytes = new TextEncoder().encode('{"bytes":true}');
const form = new FormData();
form.set("file", new Blob(["content"]), "name.txt");
const stream = (text: string): ReadableStream<Uint8Array> => new Blob([text]).stream();
const iterable = async function* (text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
};
const streamed = { method: "POST", duplex: "half" } as RequestInit;

describe("a rejected request is sent once more, unchanged, with a new token:", () => {
  const bodies: Readonly<Record<string, () => Parameters<typeof fetch>>> = {
    "without a body": () => [CHAT],
    "a string": () => [CHAT, { method: "POST", body: '{"a":1}' }],
    "an empty string": () => [CHAT, { method: "POST", body: "" }],
    bytes: () => [CHAT, { method: "PUT", body: bytes }],
    "an ArrayBuffer": () => [CHAT, { method: "PUT", body: bytes.slice().buffer }],
    "a Blob": () => [CHAT, { method: "POST", body: new Blob(["blob"], { type: "text/csv" }) }],
    "a form": () => [CHAT, { method: "POST", body: new URLSearchParams({ a: "1" }) }],
    "a form with a file": () => [CHAT, { method: "POST", body: form }],
    "a Request": () => [new Request(CHAT, { method: "POST", body: "request", headers: { "x-mine": "1" } })],
    "a Request with another body": () => [
      new Request(CHAT, { method: "POST", body: "old" }),
      { body: "new" },
    ],
  };
  for (const [name, args] of Object.entries(bodies)) {
    test(name, async () => {
      const { issuer, script, fetch } = stage();
      expect(await (await fetch(...args())).json()).toEqual({ ok: true });
      expect(issuer.redemptions).toBe(2);
      const [first, second] = script.requests.map(({ headers, ...rest }) => {
        const { authorization, ...others } = Object.fromEntries(headers);
        return { ...rest, others, authorization };
      });
      expect([first?.authorization, second?.authorization]).toEqual(["Bearer token-1", "Bearer token-2"]);
      expect({ ...second, authorization: "" }).toEqual({ ...first, authorization: "" });
    });
  }
});

describe("a consumed stream is never sent again, and the next request has a new token:", () => {
  const bodies: Readonly<Record<string, () => Parameters<typeof fetch>>> = {
    "a stream": () => [CHAT, { ...streamed, body: stream("once") }],
    "a stream over a Request": () => [
      new Request(CHAT, { method: "POST" }),
      { ...streamed, body: stream("once") },
    ],
    "an async iterable": () => [CHAT, { ...streamed, body: iterable("once") as unknown as BodyInit }],
  };
  for (const [name, args] of Object.entries(bodies)) {
    test(name, async () => {
      const { issuer, script, fetch } = stage();
      const response = await fetch(...args());
      expect([response.status, await response.text()]).toEqual([401, "expired"]);
      expect(script.requests.map(({ body }) => body)).toEqual(["once"]);
      expect((await fetch(CHAT)).status).toBe(200);
      expect(issuer.redemptions).toBe(2);
    });
  }

  test("a consumed Request is an error, as with any fetch", async () => {
    const { script, fetch } = stage();
    const request = new Request(CHAT, { method: "POST", body: "once" });
    await request.text();
    await expect(fetch(request)).rejects.toThrow(TypeError);
    expect(script.requests).toEqual([]);
  });
});

test("a second rejection is the answer, and causes no redemption", async () => {
  const { issuer, script, fetch } = stage(() => ({ status: 401, text: "no" }));
  const response = await fetch(CHAT);
  expect([response.status, await response.text()]).toEqual([401, "no"]);
  expect(script.requests).toHaveLength(2);
  expect(issuer.redemptions).toBe(2);
  await expect(fetch(CHAT)).rejects.toMatchObject({ code: "token.rejected" });
  expect(script.requests).toHaveLength(2);
});

describe("an answer that does not reject the token is returned byte for byte:", () => {
  const long = "x".repeat(100_000);
  const answers: Readonly<Record<string, Answer>> = {
    "a 403": { status: 403, text: "no plan" },
    "a 403 whose body is long": { status: 403, text: long },
    "a 429": { status: 429, text: "later", headers: { "retry-after": "7" } },
    "a 500": { status: 500, text: "" },
    "a 200": { text: long },
  };
  for (const [name, answer] of Object.entries(answers)) {
    test(name, async () => {
      const { script, fetch } = stage(() => answer);
      const response = await fetch(CHAT);
      const {
        status = 200,
        text,
        headers = {},
      } = answer as { status?: number; text: string; headers?: object };
      expect([response.status, await response.text()]).toEqual([status, text]);
      expect(Object.fromEntries(response.headers)).toMatchObject(headers);
      expect(script.requests).toHaveLength(1);
    });
  }
});

test("a rejection may be in the body", async () => {
  const { script, fetch } = stage((request) => {
    const answer = refusesFirst(request);
    return "status" in answer && answer.status === 401 ? { status: 403, text: "token expired" } : answer;
  });
  expect((await fetch(CHAT)).status).toBe(200);
  expect(script.requests).toHaveLength(2);
});

test("ten concurrent 401s cause one redemption and get ten answers", async () => {
  const { issuer, script, fetch } = stage();
  const responses = await Promise.all(
    Array.from({ length: 10 }, () => fetch(CHAT, { method: "POST", body: "{}" })),
  );
  expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200));
  expect(issuer.redemptions).toBe(2);
  expect(script.requests).toHaveLength(20);
});

test("none of 20 requests passes a 401 of an old token to the client", async () => {
  const { issuer, fetch } = stage();
  for (let call = 0; call < 20; call += 1) expect((await fetch(CHAT)).status).toBe(200);
  expect(issuer.redemptions).toBe(2);
});

test("requests join a refresh that is running", async () => {
  const gate = Promise.withResolvers<void>();
  const issuer = createIssuer({
    upstream: createTestUpstream(BASE),
    redeem: async (count) => {
      if (count === 2) await gate.promise;
      return issue(count);
    },
  });
  await issuer.manager.getToken();
  await issuer.clock.advance(3_600_000);
  const script = createScriptedFetch(() => ({ json: {} }));
  const fetch = createFetch(issuer.manager, { fetch: script.fetch });
  const direct = issuer.manager.getToken();
  const sent = Promise.all([fetch(CHAT), fetch(CHAT), fetch(CHAT)]);
  await issuer.clock.settle();
  expect(script.requests).toEqual([]);
  gate.resolve();
  await Promise.all([direct, sent]);
  expect(script.requests.map(({ headers }) => headers.get("authorization"))).toEqual(
    Array(3).fill("Bearer token-2"),
  );
  expect(issuer.redemptions).toBe(2);
});

test("if there is no new token, the answer is returned", async () => {
  const issuer = createIssuer({
    upstream: createTestUpstream(BASE),
    redeem: (count) => (count === 1 ? issue(count) : { status: 500 }),
  });
  const script = createScriptedFetch(refusesFirst);
  const sent = createFetch(issuer.manager, { fetch: script.fetch })(CHAT);
  await expect(sent).rejects.toMatchObject({ code: "provider.unavailable" });
  expect(script.requests).toHaveLength(1);
});
