import { createFetch } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createIssuer, createTestUpstream } from "../support/manager-of-tokens.ts";

const BASE = "https://api.example.org/v1";
const STREAM = { "content-type": "text/event-stream" };
const REJECTION = 'data: {"error":"expired"}\n\n';
const ANSWER = ": hello\n\ndata: 1\n\ndata: 2\n\n";

/** Asks an API that answers each token with a stream of these parts, and may reject the token in it. */
function stage(answers: readonly BodyInit[], { type = STREAM, status = 200 } = {}) {
  const seen: (string | null)[] = [];
  const clock = createFakeClock();
  const issuer = createIssuer({
    upstream: {
      ...createTestUpstream(BASE),
      mayRejectInStream: true,
      isTokenRejected: ({ body }) => /data: ?(.*)/.exec(body)?.[1]?.includes("expired") === true,
    },
  });
  const fetch = createFetch(issuer.manager, {
    clock,
    fetch: async (_input, init) => {
      const headers = new Headers(init?.headers);
      seen.push(headers.get("authorization"));
      return new Response(answers[seen.length - 1] ?? ANSWER, { status, headers: type });
    },
  });
  const ask = (): Promise<Response> =>
    fetch(`${BASE}/chat`, { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
  return { ask, seen, clock, issuer };
}

test("the first event rejects the token: the caller gets the answer to a new one", async () => {
  const { ask, seen, issuer } = stage([`: wait\r\n\r\n${REJECTION}`]);
  const response = await ask();
  expect(await response.text()).toBe(ANSWER);
  expect([seen, issuer.redemptions]).toEqual([["Bearer token-1", "Bearer token-2"], 2]);
});

test("a second rejection reaches the caller in the API's words", async () => {
  const { ask, seen } = stage([REJECTION, REJECTION, REJECTION]);
  expect(await (await ask()).text()).toBe(REJECTION);
  expect(seen.length).toBe(2);
});

test("any other stream arrives whole, and no later event is looked at", async () => {
  const late = `${ANSWER}${REJECTION}`;
  for (const answer of [ANSWER, late, "", "data: cut", "data: 1\r\rdata: expired\r\r"]) {
    const { ask, seen } = stage([answer]);
    expect(await (await ask()).text()).toBe(answer);
    expect(seen.length).toBe(1);
  }
});

test("nothing but a stream with status 200 is held", async () => {
  for (const options of [{ status: 206 }, { type: { "content-type": "text/plain" } }]) {
    const { ask, seen } = stage([REJECTION], options);
    expect(await (await ask()).text()).toBe(REJECTION);
    expect(seen.length).toBe(1);
  }
});

test("a stream whose first event is late is not held for longer than a second, and loses nothing", async () => {
  const source = new TransformStream<Uint8Array, Uint8Array>();
  const writer = source.writable.getWriter();
  const send = (text: string): Promise<void> => writer.write(new TextEncoder().encode(text));
  const { ask, clock } = stage([source.readable]);
  void send("data: ");
  const asking = ask();
  while (clock.pending.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(1_000);
  const reader = (await asking).body?.getReader();
  const read = async (): Promise<string> => new TextDecoder().decode((await reader?.read())?.value);
  expect(await read()).toBe("data: ");
  void send("1\n\n");
  expect(await read()).toBe("1\n\n");
  void send("data: 2\n\n");
  expect(await read()).toBe("data: 2\n\n");
  const broken = read();
  void writer.abort(new Error("cut"));
  await expect(broken).rejects.toThrow("cut");
});

test("a caller that leaves ends the stream at its source", async () => {
  const cancelled = Promise.withResolvers<unknown>();
  const source = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(ANSWER)),
    cancel: cancelled.resolve,
  });
  const { ask } = stage([source]);
  await (await ask()).body?.cancel("left");
  expect(await cancelled.promise).toBe("left");
});
