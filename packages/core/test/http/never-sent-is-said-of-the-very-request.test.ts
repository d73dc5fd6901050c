import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { TokenFlowError } from "@tokenflow/core";
import { createHttp } from "@tokenflow/core/provider";
import { createFakeClock } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";

interface Listening extends AsyncDisposable {
  readonly port: number;
}

/** Listens on a free port of loopback. Its end breaks off every connection. */
async function listen(server: ReturnType<typeof createTcpServer>): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const listenHttp = (onRequest: (request: IncomingMessage, response: ServerResponse) => void) =>
  listen(createServer(onRequest));

async function closedPort(): Promise<number> {
  const { port, ...server } = await listenHttp(() => undefined);
  await server[Symbol.asyncDispose]();
  return port;
}

/** Begins a connection with the platform's fetch that stays in its TLS handshake. */
async function connectForEver(server: { readonly port: number; connected: Promise<void> }): Promise<void> {
  void fetch(`https://127.0.0.1:${server.port}/other`).catch(() => undefined);
  await server.connected;
}

/** A port that accepts connections and says nothing. */
async function listenSilently() {
  const connected = Promise.withResolvers<void>();
  const server = await listen(createTcpServer(() => connected.resolve()));
  return Object.assign(server, { connected: connected.promise });
}

const unusedAfter = async (answered: Promise<unknown>): Promise<boolean | undefined> =>
  answered.then(
    () => expect.unreachable("it was answered"),
    (error: unknown) => {
      if (!(error instanceof TokenFlowError)) throw error;
      return error.grantUnused;
    },
  );

const redemption = (url: string) => ({ method: "POST", url, form: { refresh_token: "hunter2" } }) as const;

describe("while the platform's fetch connects to the same host for somebody else, a timeout spares no grant", () => {
  test("that a fetch of another make has sent", async () => {
    await using silent = await listenSilently();
    const clock = createFakeClock();
    const sent = Promise.withResolvers<void>();
    const other: typeof fetch = () => {
      sent.resolve();
      return new Promise(() => undefined);
    };
    const unused = unusedAfter(
      createHttp({ clock, fetch: other })(redemption(`https://127.0.0.1:${silent.port}/token`)),
    );
    await sent.promise;
    await connectForEver(silent);
    await clock.advance(30_000);
    expect(await unused).toBeUndefined();
  });
});

describe("a connection that is refused spares no grant", () => {
  test("that was sent at a first try of a fetch that tries again", async () => {
    const dead = await closedPort();
    let arrived = 0;
    await using server = await listenHttp((request) => {
      arrived += 1;
      request.socket.destroy();
    });
    const retrying: typeof fetch = async (input, init) => {
      const again = new Request(`http://127.0.0.1:${dead}/token`, { method: "POST", body: "a=b" });
      return fetch(input, init).catch(() => fetch(again));
    };
    const unused = await unusedAfter(
      createHttp({ fetch: retrying })(redemption(`http://127.0.0.1:${server.port}/token`)),
    );
    expect(arrived).toBe(1);
    expect(unused).toBeUndefined();
  });

  test("that was sent before a redirect that a fetch follows", async () => {
    const dead = await closedPort();
    let arrived = 0;
    await using server = await listenHttp((_request, response) => {
      arrived += 1;
      response.writeHead(307, { location: `http://127.0.0.1:${dead}/` }).end();
    });
    const following: typeof fetch = (input) => fetch(input, { redirect: "follow" });
    const unused = await unusedAfter(
      createHttp({ fetch: following })(redemption(`http://127.0.0.1:${server.port}/token`)),
    );
    expect(arrived).toBe(1);
    expect(unused).toBeUndefined();
  });

  test("that was sent to another address of the same service", async () => {
    const dead = await closedPort();
    await using mirror = await listenHttp((request) => request.socket.destroy());
    const mirroring: typeof fetch = async (input, init) => {
      await fetch(`http://127.0.0.1:${mirror.port}/token`, { method: "POST", body: "a=b" }).catch(
        () => undefined,
      );
      return fetch(input, init);
    };
    const unused = await unusedAfter(
      createHttp({ fetch: mirroring })(redemption(`http://127.0.0.1:${dead}/token`)),
    );
    expect(unused).toBeUndefined();
  });
});

describe("the grant is spared all the same", () => {
  test("if other requests to the same address were sent meanwhile", async () => {
    await using silent = await listenSilently();
    const clock = createFakeClock();
    const unused = unusedAfter(createHttp({ clock })(redemption(`https://127.0.0.1:${silent.port}/token`)));
    await silent.connected;
    await connectForEver(silent);
    await clock.advance(30_000);
    expect(await unused).toBe(true);
  });

  test("of each of many requests at once that are refused", async () => {
    const dead = await closedPort();
    const http = createHttp();
    const unused = await Promise.all(
      Array.from({ length: 20 }, () => unusedAfter(http(redemption(`http://127.0.0.1:${dead}/token`)))),
    );
    expect(new Set(unused)).toEqual(new Set([true]));
  });
});
