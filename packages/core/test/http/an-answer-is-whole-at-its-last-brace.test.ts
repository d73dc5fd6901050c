import { createServer, type Socket } from "node:net";
import { createHttp, withTransport } from "@tokenflow/core/provider";
import { createFakeClock, failureOf } from "@tokenflow/core/testing";
import { expect, test } from "vitest";

const BODY = '{"access_token":"a2","refresh_token":"r2"}';
const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/** A server that answers each request by hand. */
async function listen(answer: (socket: Socket) => void): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/token`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ask = (url: string, options = {}) =>
  createHttp(options)({ method: "POST", url, form: { refresh_token: "r1" } });

const heads: Readonly<Record<string, string>> = {
  "a length that is too long": `${HEAD}content-length: 99\r\n\r\n${BODY}`,
  "chunks without the last one": `${HEAD}transfer-encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n`,
};

test.each(Object.entries(heads))("an object is read whole after %s", async (_, answer) => {
  await using server = await listen((socket) => socket.end(answer));
  expect(await ask(server.url)).toMatchObject({ status: 200, json: { refresh_token: "r2" } });
});

/** A connection whose answer does not end after its text. */
function openBody(text: string): { fetch: typeof fetch; read: Promise<void>; closed: Promise<void> } {
  const [read, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* body(): AsyncGenerator<Uint8Array, void> {
    yield new TextEncoder().encode(text);
    // Asked for more, so that the text was read.
    read.resolve();
    await new Promise(() => undefined);
  }
  const fetch = withTransport(globalThis.fetch, ({ signal }) => {
    signal.addEventListener("abort", () => closed.resolve());
    const answer = { status: 200, headers: new Headers(), header: () => null, body: body() };
    return { answer: Promise.resolve(answer), facts: () => ({}), stop: () => undefined };
  });
  return { fetch, read: read.promise, closed: closed.promise };
}

test("an object is read whole if the connection stays open: after 30 s, and then it is closed", async () => {
  const clock = createFakeClock();
  const { fetch, read, closed } = openBody(BODY);
  const asked = ask("https://auth.example.org/token", { clock, fetch });
  await read;
  await clock.advance(30_000);
  expect(await asked).toMatchObject({ status: 200, json: { refresh_token: "r2" } });
  expect(clock.pending).toEqual([]);
  await closed;
});

test("half an object is lost after 30 s", async () => {
  const clock = createFakeClock();
  const { fetch, read } = openBody(BODY.slice(0, -1));
  const failed = failureOf(ask("https://auth.example.org/token", { clock, fetch }));
  await read;
  await clock.advance(30_000);
  expect((await failed).message).toContain("did not answer within 30 s");
});

test("the caller's abort ends the wait for an object that has arrived", async () => {
  const { fetch, read } = openBody(BODY);
  const abort = new AbortController();
  const url = "https://auth.example.org/token";
  const asked = createHttp({ fetch })({ method: "GET", url, signal: abort.signal });
  await read;
  abort.abort(new Error("enough"));
  await expect(asked).rejects.toThrow("enough");
});

test.each([BODY.slice(0, -1), "[]", '"text"', `${BODY}x`, ""])(
  "a body that ends at %j is lost",
  async (body) => {
    await using server = await listen((socket) => socket.end(`${HEAD}content-length: 99\r\n\r\n${body}`));
    const error = await failureOf(ask(server.url));
    expect(error.code).toBe("provider.unavailable");
    expect(error.grantUnused).toBeUndefined();
  },
);

test("a transport belongs to the returned fetch alone", async () => {
  const given: typeof fetch = async () => Response.json({ from: "given" });
  withTransport(given, () => {
    throw new Error("not this one");
  });
  expect(await ask("https://auth.example.org/token", { fetch: given })).toMatchObject({
    json: { from: "given" },
  });
});
