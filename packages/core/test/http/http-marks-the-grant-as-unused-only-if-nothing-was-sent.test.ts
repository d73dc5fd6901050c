import { createServer, type Server, type Socket } from "node:net";
import { inspect } from "node:util";
import { TokenFlowError } from "@tokenflow/core";
import { createHttp, type Http } from "@tokenflow/core/provider";
import { createFakeClock } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createLoopbackServer } from "../support/loopback-server.ts";

const GRANT = "hunter2-hunter2";

async function failureOf(http: Http, url: string, signal?: AbortSignal): Promise<unknown> {
  const headers = { authorization: `Bearer ${GRANT}` };
  return http({ method: "POST", url, form: { refresh_token: GRANT }, headers, signal }).then(
    ({ status }) => expect.unreachable(`answered ${status}`),
    (error: unknown) => error,
  );
}

const grantUnused = (error: unknown): boolean | undefined =>
  error instanceof TokenFlowError && error.grantUnused;

/** A server that passes on each connection after its first bytes. */
async function listen(onRequest: (socket: Socket) => void): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => onRequest(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/** Failures after a request has arrived: nobody can know if the grant was redeemed. */
const afterSending: Readonly<Record<string, (socket: Socket) => void>> = {
  "a reset": (socket) => socket.resetAndDestroy(),
  "a closed connection": (socket) => socket.end(),
  "half a head": (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-le"),
  "half a body": (socket) => socket.end(`${HEAD}content-length: 100\r\n\r\n{"access_token":`),
  "half a chunked body": (socket) => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\n20\r\n{"acc`),
  "half a gzip body": (socket) => socket.end(`${HEAD}content-encoding: gzip\r\n\r\n\x1f\x8b\x08`),
  "a body that is not the gzip it claims": (socket) =>
    socket.end(`${HEAD}content-encoding: gzip\r\n\r\n{"access_token"`),
  "something that is not HTTP": (socket) => socket.end("220 mail.example.org ESMTP\r\n"),
};

describe("grantUnused is absent after", () => {
  for (const [name, onRequest] of Object.entries(afterSending)) {
    test(name, async () => {
      await using server = await listen(onRequest);
      const error = await failureOf(createHttp(), server.url);
      expect(error).toMatchObject({ code: "provider.unavailable" });
      expect(grantUnused(error)).toBeUndefined();
      expect(inspect(error, { showHidden: true, depth: 10 })).not.toContain(GRANT);
    });
  }

  const hangs: Readonly<Record<string, (socket: Socket) => void>> = {
    "a server that never answers": () => undefined,
    "a body that never ends": (socket) => void socket.write(`${HEAD}content-length: 9\r\n\r\n{`),
  };
  for (const [name, onRequest] of Object.entries(hangs)) {
    test(`${name}: it ends after 30 s, including the body`, async () => {
      const clock = createFakeClock();
      const reached = Promise.withResolvers<void>();
      await using server = await listen((socket) => {
        onRequest(socket);
        reached.resolve();
      });
      let error: unknown;
      const failed = failureOf(createHttp({ clock }), server.url).then((reason) => {
        error = reason;
      });
      await reached.promise;
      await clock.advance(29_999);
      expect(error).toBeUndefined();
      await clock.advance(1);
      await failed;
      expect(error).toMatchObject({ code: "provider.unavailable", message: expect.stringContaining("30 s") });
      expect(grantUnused(error)).toBeUndefined();
      expect(clock.pending).toEqual([]);
    });
  }

  test("a fetch that ignores its signal also ends after 30 s", async () => {
    const clock = createFakeClock();
    const fetch = (): Promise<never> => new Promise(() => undefined);
    const failed = failureOf(createHttp({ clock, fetch }), "https://auth.example.org/");
    await clock.advance(30_000);
    expect(await failed).toMatchObject({ code: "provider.unavailable" });
    expect(clock.pending).toEqual([]);
  });

  test("an error of an open connection, with any code", async () => {
    for (const code of ["EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "ECONNRESET", "EPIPE"]) {
      for (const syscall of ["read", "write"]) {
        const fetch = async (): Promise<never> => {
          throw new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code, syscall }) });
        };
        const error = await failureOf(createHttp({ fetch }), "https://auth.example.org/");
        expect([code, syscall, grantUnused(error)]).toEqual([code, syscall, undefined]);
      }
    }
  });
});

describe("grantUnused is set after", () => {
  test("a refused connection", async () => {
    const { url, ...server } = await listen(() => undefined);
    await server[Symbol.asyncDispose]();
    const error = await failureOf(createHttp(), url);
    expect(error).toMatchObject({ code: "provider.unavailable", grantUnused: true });
    expect(inspect(error, { showHidden: true, depth: 10 })).not.toContain(GRANT);
  });

  const before: readonly (readonly [code: string, syscall: string | undefined])[] = [
    ["ENOTFOUND", "getaddrinfo"],
    ["EAI_AGAIN", "getaddrinfo"],
    ["EHOSTUNREACH", "connect"],
    ["ENETUNREACH", "connect"],
    ["UND_ERR_CONNECT_TIMEOUT", undefined],
    ["UND_ERR_PRX_CONN", undefined],
    ["UND_ERR_PRX_TLS", undefined],
    ["ERR_SSL_WRONG_VERSION_NUMBER", undefined],
    ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", undefined],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", undefined],
    ["CERT_HAS_EXPIRED", undefined],
    ["ERR_TLS_CERT_ALTNAME_INVALID", undefined],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", undefined],
  ];
  for (const [code, syscall] of before) {
    test(code, async () => {
      const fetch = async (): Promise<never> => {
        throw new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code, syscall }) });
      };
      const error = await failureOf(createHttp({ fetch }), "https://auth.example.org/");
      expect(error).toMatchObject({
        code: "provider.unavailable",
        grantUnused: true,
        message: expect.stringContaining(code),
      });
      const hint = error instanceof TokenFlowError ? error.hint : undefined;
      const isUntrusted = /SELF_SIGNED|VERIFY/.test(code);
      expect(hint?.includes("NODE_EXTRA_CA_CERTS")).toBe(isUntrusted);
    });
  }
});

test("time asleep does not count against the 30 s", async () => {
  const clock = createFakeClock();
  const reached = Promise.withResolvers<Socket>();
  await using server = await listen(reached.resolve);
  const asked = createHttp({ clock })({ method: "GET", url: server.url });
  const socket = await reached.promise;
  for (let nap = 0; nap < 5; nap += 1) await clock.suspend(3_600_000);
  await clock.advance(20_000);
  socket.end(`${HEAD}content-length: 2\r\n\r\n{}`);
  expect(await asked).toMatchObject({ status: 200 });
});

describe("the caller's abort", () => {
  test("before the call sends nothing, and its reason is thrown", async () => {
    await using server = await createLoopbackServer((response) => response.end("{}"));
    expect(await failureOf(createHttp(), server.url, AbortSignal.abort("enough"))).toBe("enough");
    expect(server.connections).toBe(0);
  });

  for (const [name, onRequest] of Object.entries({
    "while nothing was answered": () => undefined,
    "while the body comes": (socket: Socket) => void socket.write(`${HEAD}content-length: 9\r\n\r\n{`),
  })) {
    test(`${name} ends the connection, and its reason is thrown`, async () => {
      const reached = Promise.withResolvers<Socket>();
      await using server = await listen((socket) => {
        onRequest(socket);
        reached.resolve(socket);
      });
      const abort = new AbortController();
      const failed = failureOf(createHttp(), server.url, abort.signal);
      const closed = new Promise((resolve) =>
        reached.promise.then((socket) => socket.once("close", resolve)),
      );
      await reached.promise;
      abort.abort("enough");
      expect(await failed).toBe("enough");
      await closed;
    });
  }
});
