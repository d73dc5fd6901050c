import { once } from "node:events";
import { request } from "node:http";
import { connect, createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { createBrowser } from "@tokenflow/browser";
import type { BrowserReturn } from "@tokenflow/core";
import { afterEach, expect, test } from "vitest";

const STATE = "s".repeat(43);
const PAGE = "https://id.test/authorize";
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

interface Waiting {
  readonly redirectUri: string;
  readonly answer: Promise<URLSearchParams>;
  /** The parameters, once there are some. */
  readonly seen: () => string | undefined;
  readonly listening: BrowserReturn;
}

async function wait(ask?: (remark: string | undefined) => Promise<string | undefined>): Promise<Waiting> {
  const browser = createBrowser({ isLocal: false, show: () => undefined, ask });
  const listening = await browser.listen(undefined);
  open.push(listening);
  let seen: string | undefined;
  const answer = listening.receive({ url: PAGE, state: STATE }, new AbortController().signal);
  answer.then(
    (parameters) => (seen = parameters.toString()),
    () => undefined,
  );
  return { redirectUri: listening.redirectUri, answer, seen: () => seen, listening };
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request with any headers, `Host` included. */
async function send(url: string, { method = "GET", headers = {} }: Sent = {}) {
  const sent = request(url, { method, headers });
  sent.end();
  const [response] = await once(sent, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

test("the browser's return ends the wait, with a page that repeats nothing of it", async () => {
  const { redirectUri, answer } = await wait();
  expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  const query = `state=${STATE}&code=secret-code&x=<script>alert(1)</script>`;
  const { status, headers, text } = await send(`${redirectUri}?${query}`);
  expect((await answer).get("code")).toBe("secret-code");
  expect(status).toBe(200);
  expect(text).toContain("You can close this window");
  expect(text).not.toMatch(/secret-code|script|sss/);
  expect(headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
  expect(headers["content-security-policy"]).toContain("default-src 'none'");
});

test.each<[string, (redirectUri: string) => Parameters<typeof send>]>([
  ["a wrong state", (uri) => [`${uri}?state=${"x".repeat(43)}&code=1`]],
  ["a part of the state", (uri) => [`${uri}?state=${STATE.slice(1)}&code=1`]],
  ["no state", (uri) => [`${uri}?code=1`]],
  ["the state twice", (uri) => [`${uri}?state=${STATE}&state=${STATE}&code=1`]],
  ["another path", (uri) => [`${uri}/?state=${STATE}&code=1`]],
  ["the root", (uri) => [`${new URL(uri).origin}/?state=${STATE}&code=1`]],
  ["POST", (uri) => [`${uri}?state=${STATE}&code=1`, { method: "POST" }]],
  ["HEAD", (uri) => [`${uri}?state=${STATE}&code=1`, { method: "HEAD" }]],
  ["a preflight", (uri) => [`${uri}?state=${STATE}&code=1`, { method: "OPTIONS" }]],
  ["a rebound name", (uri) => [`${uri}?state=${STATE}&code=1`, { headers: { host: "evil.test" } }]],
  [
    "a rebound name with our port",
    (uri) => [`${uri}?state=${STATE}&code=1`, { headers: { host: `evil.test:${new URL(uri).port}` } }],
  ],
  [
    "a page's script",
    (uri) => [`${uri}?state=${STATE}&code=1`, { headers: { origin: "https://evil.test" } }],
  ],
  ["a sandboxed script", (uri) => [`${uri}?state=${STATE}&code=1`, { headers: { origin: "null" } }]],
  [
    "an image in a page",
    (uri) => [
      `${uri}?state=${STATE}&code=1`,
      { headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" } },
    ],
  ],
])("%s gets 404, and the wait continues", async (_, requestOf) => {
  const { redirectUri, answer, seen } = await wait();
  const { status, text } = await send(...requestOf(redirectUri));
  expect(status).toBe(404);
  expect(text).not.toContain(STATE);
  expect(seen()).toBeUndefined();
  await send(`${redirectUri}?state=${STATE}&code=right`);
  expect((await answer).get("code")).toBe("right");
});

test("a second return is not heard, and afterwards nothing listens", async () => {
  const { redirectUri, answer, listening } = await wait();
  await send(`${redirectUri}?state=${STATE}&code=first`);
  const second = await send(`${redirectUri}?state=${STATE}&code=second`);
  expect(second.status).toBe(404);
  expect((await answer).get("code")).toBe("first");
  await listening[Symbol.asyncDispose]();
  await expect(send(redirectUri)).rejects.toThrow("ECONNREFUSED");
});

test("a huge query is refused, and the wait continues", async () => {
  const { redirectUri, answer } = await wait();
  const { status } = await send(`${redirectUri}?state=${STATE}&code=${"x".repeat(17_000)}`);
  expect(status).toBe(431);
  await send(`${redirectUri}?state=${STATE}&code=right`);
  expect((await answer).get("code")).toBe("right");
});

test("bytes that are not HTTP, and a connection that says nothing, stop neither the wait nor its end", async () => {
  const { redirectUri, answer, listening } = await wait();
  const port = Number(new URL(redirectUri).port);
  const silent = connect(port, "127.0.0.1");
  const noisy = connect(port, "127.0.0.1", () => noisy.end("\0\r\n\r\n"));
  for (const socket of [silent, noisy]) socket.on("error", () => undefined).resume();
  await once(noisy, "close");
  await send(`${redirectUri}?state=${STATE}&code=right`);
  expect((await answer).get("code")).toBe("right");
  const closed = once(silent, "close");
  await listening[Symbol.asyncDispose]();
  await closed;
});

test("a pasted address is checked like a return, and asked for again", async () => {
  const remarks: (string | undefined)[] = [];
  let pastes: string[] = [];
  const { redirectUri, answer } = await wait(async (remark) => {
    remarks.push(remark);
    await new Promise((resolve) => setImmediate(resolve));
    pastes = pastes.length > 0 || remarks.length > 1 ? pastes : wrong();
    return pastes.shift() ?? ` ${redirectUri}?state=${STATE}&code=pasted \n`;
  });
  const wrong = (): string[] => [
    "hello",
    `${redirectUri}?state=other&code=1`,
    `https://evil.test/callback?state=${STATE}&code=1`,
    `${redirectUri}/more?state=${STATE}&code=1`,
  ];
  expect((await answer).get("code")).toBe("pasted");
  expect(remarks).toHaveLength(5);
  expect(remarks[0]).toBeUndefined();
  expect(remarks[1]).toContain(`It begins with ${redirectUri}?`);
});

test("a port in use is one sentence, and nothing waits", async () => {
  const other: Server = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const browser = createBrowser({ isLocal: false, show: () => undefined });
  await expect(browser.listen(`http://localhost:${port}/cb`)).rejects.toMatchObject({
    code: "provider.misconfigured",
    reason: "EADDRINUSE",
    message: `The browser must return to localhost:${port}, but another program uses it`,
  });
  other.close();
});

async function freePort(host: string): Promise<number> {
  const free = createServer().listen(0, host);
  await once(free, "listening");
  const { port } = free.address() as { port: number };
  free.close();
  await once(free, "close");
  return port;
}

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);

test.each(["127.0.0.1", "127.0.0.2", ...(hasIpv6 ? ["[::1]"] : [])])(
  "the browser is heard at %s, if the fixed address is there",
  async (host) => {
    // Only Linux has the whole network.
    if (host === "127.0.0.2" && process.platform !== "linux") return;
    const redirectUri = `http://${host}:${await freePort(host.replace(/[[\]]/g, ""))}/cb`;
    await using here = await createBrowser({ isLocal: false, show: () => undefined }).listen(redirectUri);
    const answer = here.receive({ url: PAGE, state: STATE }, new AbortController().signal);
    expect((await send(`${redirectUri}?state=${STATE}&code=there`)).status).toBe(200);
    expect((await answer).get("code")).toBe("there");
  },
);

// A browser may ask ::1 first, and would bring the code to any program that listens there.
test.runIf(hasIpv6)("localhost is heard in both families, or not at all", async () => {
  const browser = createBrowser({ isLocal: false, show: () => undefined });
  const port = await freePort("::1");
  const redirectUri = `http://localhost:${port}/cb`;
  const other = createServer().listen(port, "::1");
  await once(other, "listening");
  await expect(browser.listen(redirectUri)).rejects.toMatchObject({ reason: "EADDRINUSE" });
  other.close();
  await once(other, "close");

  const here = await browser.listen(redirectUri);
  const answer = here.receive({ url: PAGE, state: STATE }, new AbortController().signal);
  const headers = { host: `localhost:${port}` };
  expect((await send(`http://127.0.0.1:${port}/cb?state=other`, { headers })).status).toBe(404);
  expect((await send(`http://[::1]:${port}/cb?state=${STATE}&code=six`, { headers })).status).toBe(200);
  expect((await answer).get("code")).toBe("six");
  await here[Symbol.asyncDispose]();
  for (const host of ["127.0.0.1", "[::1]"]) {
    await expect(send(`http://${host}:${port}/cb`)).rejects.toThrow("ECONNREFUSED");
  }
});

test("a fixed address is used as it is, and one elsewhere is only pasted", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as { port: number };
  free.close();
  await once(free, "close");
  const shown: string[] = [];
  const remote = `https://id.test/native?state=${STATE}&code=far`;
  const browser = createBrowser({
    isLocal: false,
    show: (url) => void shown.push(url),
    ask: async () => remote,
  });
  await using here = await browser.listen(`http://localhost:${port}/cb`);
  expect(here.redirectUri).toBe(`http://localhost:${port}/cb`);
  await using there = await browser.listen("https://id.test/native");
  const answer = await there.receive({ url: PAGE, state: STATE }, new AbortController().signal);
  expect(answer.get("code")).toBe("far");
  expect(shown).toEqual([PAGE]);
});
