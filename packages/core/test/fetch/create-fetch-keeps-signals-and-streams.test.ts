import type { ServerResponse } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createFetch } from "@tokenflow/core";
import { describe, expect, test } from "vitest";
import { createLoopbackServer, type LoopbackServer } from "../support/loopback-server.ts";
import { createIssuer, createTestUpstream, issue } from "../support/manager-of-tokens.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

/** Collects everything that is only weakly held. A turn of the event loop lets finalizers run. */
async function forget(): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    if (typeof collectGarbage === "function") collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const fetchOf = ({ url }: LoopbackServer): typeof fetch =>
  createFetch(createIssuer({ upstream: createTestUpstream(url) }).manager);

/** A server that sends the headers and one chunk, and then waits. */
async function createStreamServer() {
  const opened = Promise.withResolvers<ServerResponse>();
  const server = await createLoopbackServer((response) => {
    response.write("one ");
    opened.resolve(response);
  });
  const closed = opened.promise.then(
    (response) => new Promise<void>((resolve) => response.once("close", () => resolve())),
  );
  return { server, response: opened.promise, closed };
}

describe("a stream", () => {
  test("of an answer is passed on as it comes", async () => {
    const { server, response } = await createStreamServer();
    await using _server = server;
    const { body } = await fetchOf(server)(`${server.url}/chat`);
    const reader = (body ?? new ReadableStream()).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("one ");
    (await response).end("two");
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("two");
    expect((await reader.read()).done).toBe(true);
  });

  test("of an answer that breaks off breaks off too", async () => {
    const { server, response } = await createStreamServer();
    await using _server = server;
    const answer = await fetchOf(server)(`${server.url}/chat`);
    (await response).destroy();
    await expect(answer.text()).rejects.toThrow(TypeError);
  });

  test("of a request is sent as it comes", async () => {
    await using server = await createLoopbackServer((response, { body }) => response.end(body.toUpperCase()));
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const sent = fetchOf(server)(`${server.url}/chat`, {
      method: "POST",
      body: readable,
      duplex: "half",
    } as RequestInit);
    const writer = writable.getWriter();
    for (const part of ["in ", "three ", "parts"]) await writer.write(new TextEncoder().encode(part));
    await writer.close();
    expect(await (await sent).text()).toBe("IN THREE PARTS");
    expect(server.requests[0]?.headers["transfer-encoding"]).toBe("chunked");
  });
});

describe("the caller's signal", () => {
  const ways: Readonly<Record<string, (url: string, signal: AbortSignal) => Parameters<typeof fetch>>> = {
    "in the options": (url, signal) => [url, { signal }],
    "in a Request": (url, signal) => [new Request(url, { signal })],
  };
  for (const [way, args] of Object.entries(ways)) {
    test(`${way} aborts a request that was not answered`, async () => {
      const reached = Promise.withResolvers<ServerResponse>();
      await using server = await createLoopbackServer((response) => reached.resolve(response));
      const abort = new AbortController();
      const sent = fetchOf(server)(...args(`${server.url}/chat`, abort.signal));
      const closed = reached.promise.then(
        (response) => new Promise((resolve) => response.once("close", resolve)),
      );
      await reached.promise;
      const reason = new Error("enough");
      abort.abort(reason);
      await expect(sent).rejects.toBe(reason);
      await closed;
    });

    test(`${way} aborts an answer that streams, however long ago it began`, async () => {
      const { server, closed, response } = await createStreamServer();
      await using _server = server;
      const abort = new AbortController();
      const held = args(`${server.url}/chat`, abort.signal);
      const { body } = await fetchOf(server)(...held);
      const reader = (body ?? new ReadableStream()).getReader();
      await reader.read();
      await forget();
      abort.abort(new Error("enough"));
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 1_000))]);
      expect((await response).destroyed, `the request of ${String(held[0])} goes on`).toBe(true);
      await expect(reader.read()).rejects.toThrow("enough");
    });
  }

  test("that is already aborted sends nothing and redeems nothing", async () => {
    await using server = await createLoopbackServer((response) => response.end());
    const issuer = createIssuer({ upstream: createTestUpstream(server.url) });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(createFetch(issuer.manager)(server.url, { signal })).rejects.toThrow("enough");
    expect(server.connections).toBe(0);
    expect(issuer.redemptions).toBe(0);
  });

  for (const [name, args] of Object.entries(ways)) {
    test(`${name} ends the wait for the body of a Request, and cancels it`, async () => {
      const issuer = createIssuer({ upstream: createTestUpstream("https://api.example.org") });
      const asked = Promise.withResolvers<void>();
      const cancelled = Promise.withResolvers<unknown>();
      const body = new ReadableStream({ pull: () => asked.resolve(), cancel: cancelled.resolve });
      const abort = new AbortController();
      const reason = new Error("enough");
      const [input, init] = args("https://api.example.org/chat", abort.signal);
      const sent = createFetch(issuer.manager)(
        new Request(input, { method: "POST", body, duplex: "half" } as RequestInit),
        init,
      );
      const ended = sent.catch((error: unknown) => error);
      await asked.promise;
      abort.abort(reason);
      expect(await ended).toBe(reason);
      await cancelled.promise;
      expect(issuer.redemptions).toBe(0);
    });
  }

  test("ends the wait for a body that may have to be translated", { timeout: 10_000 }, async () => {
    const upstream = createTestUpstream("https://api.example.org");
    const asked = Promise.withResolvers<void>();
    const body = new ReadableStream({ pull: () => asked.resolve() });
    const abort = new AbortController();
    const { signal } = abort;
    const dialect = { translate: () => undefined };
    const request = new Request("https://api.example.org/chat", {
      method: "POST",
      body,
      duplex: "half",
      signal,
    } as RequestInit);
    const sent = createFetch(createIssuer({ upstream }).manager, { dialect })(request);
    const ended = sent.catch((error: unknown) => error);
    await asked.promise;
    abort.abort(new Error("enough"));
    expect(await ended).toEqual(new Error("enough"));
  });

  for (const [name, refusals] of Object.entries({
    "the first token": 0,
    "a fresh token after a refusal": 1,
  })) {
    test(`aborts the wait for ${name}, and leaves the redemption running`, async () => {
      const gate = Promise.withResolvers<void>();
      await using server = await createLoopbackServer((response) => response.writeHead(401).end());
      const issuer = createIssuer({
        upstream: createTestUpstream(server.url),
        redeem: async (count) => {
          if (count > refusals) await gate.promise;
          return issue(count);
        },
      });
      const abort = new AbortController();
      const sent = createFetch(issuer.manager)(`${server.url}/chat`, { signal: abort.signal });
      const ended = sent.catch((error: unknown) => error);
      while (issuer.redemptions <= refusals) await new Promise((resolve) => setImmediate(resolve));
      abort.abort(new Error("enough"));
      expect(await ended).toEqual(new Error("enough"));
      gate.resolve();
      expect((await issuer.manager.getToken()).accessToken).toBe(`token-${refusals + 1}`);
      expect(issuer.redemptions).toBe(refusals + 1);
    });
  }
});

test("a stream that is not sent, since there is no token, is cancelled", async () => {
  const ended = new Error("signed out");
  const upstream = createTestUpstream("https://api.example.org");
  const { manager } = createIssuer({
    upstream,
    redeem: async () => {
      throw ended;
    },
  });
  const cancelled = Promise.withResolvers<unknown>();
  const body = new ReadableStream({ cancel: cancelled.resolve });
  const init = { method: "POST", body, duplex: "half" } as RequestInit;
  const error: unknown = await createFetch(manager)("https://api.example.org/chat", init).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  expect(await cancelled.promise).toBe(error);
});

test("the rejected answer is cancelled, even if it is long", async () => {
  const refused = Promise.withResolvers<void>();
  await using server = await createLoopbackServer((response, { headers }) => {
    if (headers.authorization !== "Bearer token-1") return void response.end("ok");
    response.once("close", refused.resolve);
    response.writeHead(401);
    const more = (): void => {
      while (response.write(Buffer.alloc(65_536, "x")));
    };
    response.on("drain", more);
    more();
  });
  const response = await fetchOf(server)(`${server.url}/chat`);
  expect(await response.text()).toBe("ok");
  await refused.promise;
});
