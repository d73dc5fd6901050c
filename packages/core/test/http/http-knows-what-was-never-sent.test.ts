import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type Certificate,
  createCertificate,
  createFolder,
  hasServices,
  startTlsServer,
  startTunnelProxy,
  type TunnelAnswer,
} from "@tokenflow/services";
import { describe, expect, test } from "vitest";

const PROGRAM = join(import.meta.dirname, "../support/send-once.ts");
/** Compiled sources are kept from run to run: a start takes half as long. */
const COMPILE_CACHE = join(import.meta.dirname, "../../node_modules/.cache/compiled");
const installed = hasServices("openssl");
const certificate: Certificate = installed
  ? await createCertificate({ names: ["DNS:*.corp.test", "IP:127.0.0.1"] })
  : { key: "", cert: "" };

interface Result {
  readonly status?: number;
  readonly message?: string;
  readonly hint?: string;
  readonly grantUnused?: boolean;
}

/** Sends a request to each address from a Node that trusts the certificates. */
async function send(urls: readonly string[], trusted: string, env = {}): Promise<readonly Result[]> {
  await using folder = await createFolder();
  const ca = join(folder.path, "ca.pem");
  await writeFile(ca, trusted);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@tokenflow/source", "--no-warnings", PROGRAM, ...urls],
    {
      env: {
        PATH: process.env["PATH"],
        NODE_EXTRA_CA_CERTS: ca,
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        ...env,
      },
    },
  );
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Result);
}

/** A server that sees the first bytes of each connection. */
async function listen(onData: (socket: Socket) => void): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => onData(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `https://127.0.0.1:${typeof address === "object" ? address?.port : 0}/token`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.skipIf(!installed)("a TLS handshake that fails spares the grant", () => {
  const handshakes: readonly (readonly [name: string, onData: (socket: Socket) => void, message: RegExp])[] =
    [
      ["by a reset", (socket) => socket.resetAndDestroy(), /^No answer from \S+ \(ECONNRESET\)$/],
      ["by a close", (socket) => socket.end(), /^No answer from \S+ \(ECONNRESET\)$/],
      [
        "because the port speaks http",
        (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
        /^127\.0\.0\.1:\d+ did not answer in TLS \(ERR_SSL_WRONG_VERSION_NUMBER\)$/,
      ],
      [
        "by an alert of the server",
        (socket) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 80])),
        /^No answer from \S+ \(ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR\)$/,
      ],
    ];
  test(handshakes.map(([name]) => name).join(", "), async () => {
    await using cleanup = new AsyncDisposableStack();
    const servers = await Promise.all(handshakes.map(([, onData]) => listen(onData)));
    for (const server of servers) cleanup.use(server);
    const results = await send(
      servers.map(({ url }) => url),
      "",
    );
    expect(results).toEqual(
      handshakes.map(([, , message]) =>
        expect.objectContaining({ message: expect.stringMatching(message), grantUnused: true }),
      ),
    );
  });

  test.each([
    [
      "expired",
      { from: "2020-01-01", to: "2021-02-03" },
      /^The certificate of \S+ expired on 2021-02-03 \(CERT_HAS_EXPIRED\)$/,
    ],
    [
      "begins later",
      { from: "2091-01-01", to: "2092-01-01" },
      /^The certificate of \S+ is not valid before 2091-01-01 \(CERT_NOT_YET_VALID\)$/,
    ],
  ])("because the certificate %s", async (_, days, message) => {
    const other = await createCertificate({ names: ["IP:127.0.0.1"], ...days });
    await using server = await startTlsServer(other, (_request, response) => response.end("{}"));
    const [result] = await send([`https://127.0.0.1:${server.port}/`], other.cert);
    expect(result).toMatchObject({ message: expect.stringMatching(message), grantUnused: true });
    const today = new Date().toISOString().slice(0, 10);
    expect(result?.hint).toContain(`This machine's clock says ${today}`);
    expect(result?.hint).not.toContain("NODE_EXTRA_CA_CERTS");
  });

  test("because the certificate is for other names", async () => {
    const other = await createCertificate({ names: ["DNS:captive.example", "IP:127.9.9.9"] });
    await using server = await startTlsServer(other, (_request, response) => response.end("{}"));
    const [result] = await send([`https://127.0.0.1:${server.port}/`], other.cert);
    expect(result).toMatchObject({
      message: `The certificate of 127.0.0.1:${server.port} is for captive.example, 127.9.9.9 (ERR_TLS_CERT_ALTNAME_INVALID)`,
      grantUnused: true,
    });
    expect(result?.hint).not.toContain("NODE_EXTRA_CA_CERTS");
  });

  test("because nobody trusts the certificate", async () => {
    await using server = await startTlsServer(certificate, (_request, response) => response.end("{}"));
    const [result] = await send([`https://127.0.0.1:${server.port}/`], "");
    expect(result).toMatchObject({
      message: expect.stringContaining("(DEPTH_ZERO_SELF_SIGNED_CERT)"),
      hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
      grantUnused: true,
    });
  });
});

test.skipIf(!installed)(
  "a connection that breaks after the request was sent does not spare the grant",
  async () => {
    for (const act of ["reset", "close"]) {
      await using server = await startTlsServer(certificate, (request, _response, reset) => {
        if (act === "reset") reset();
        else request.socket.destroy();
      });
      const [result] = await send([`https://127.0.0.1:${server.port}/`], certificate.cert);
      expect(server.requests).toBe(1);
      expect(result?.message).toMatch(/^No answer from /);
      expect(result?.grantUnused, act).toBeUndefined();
    }
  },
);

/** Each case is a host, `<its index>.corp.test`, behind a proxy that Node's own `fetch` uses. */
const refusals: readonly (readonly [answer: TunnelAnswer, message: string])[] = [
  [{ status: 407 }, "The proxy PROXY wants a user name and a password for HOST (407)"],
  [{ status: 403 }, "The proxy PROXY does not allow HOST (403)"],
  [{ status: 502 }, "The proxy PROXY did not connect to HOST (502)"],
  [{ status: 204 }, "The proxy PROXY did not connect to HOST (204)"],
  ["reset", "No answer from HOST through the proxy PROXY (ECONNRESET)"],
  ["no HTTP", "No answer from HOST through the proxy PROXY"],
  ["close", "HOST did not answer within 30 s through the proxy PROXY"],
  ["silence", "HOST did not answer within 30 s through the proxy PROXY"],
  ["reset in the handshake", "No answer from HOST through the proxy PROXY (ECONNRESET)"],
  ["close in the handshake", "No answer from HOST through the proxy PROXY (ECONNRESET)"],
  ["no TLS", "HOST through the proxy PROXY did not answer in TLS (ERR_SSL_WRONG_VERSION_NUMBER)"],
];

test.skipIf(!installed)("a proxy that opens no tunnel spares the grant, and is named", async () => {
  await using server = await startTlsServer(certificate, (_request, response, reset) => {
    if (server.requests === 1) response.end("{}");
    else reset();
  });
  await using proxy = await startTunnelProxy(
    (target) => refusals[Number.parseInt(target, 10)]?.[0] ?? { port: server.port },
  );
  const hosts = refusals.map((_, index) => `${index}.corp.test`);
  const urls = [...hosts, "works.corp.test", "breaks.corp.test"].map((host, index) => {
    const isSilent = refusals[index]?.[1].includes("did not answer within 30 s");
    return `${isSilent ? "silent " : ""}https://${host}/token?a=b`;
  });
  const results = await send(urls, certificate.cert, { NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: proxy.url });
  expect(results.slice(0, -2).map(({ message, grantUnused }) => [message, grantUnused])).toEqual(
    refusals.map(([, message], index) => [
      message.replace("PROXY", proxy.host).replace("HOST", `${index}.corp.test`),
      true,
    ]),
  );
  expect(results.at(-2)).toEqual({ status: 200 });
  // The proxy did open this tunnel.
  expect(results.at(-1)?.message).toMatch(/^No answer from breaks\.corp\.test/);
  expect(results.at(-1)?.grantUnused).toBeUndefined();
});

test.skipIf(!installed)(
  "the dates of a certificate behind a proxy are told, also if it wants a password",
  async () => {
    const other = await createCertificate({
      names: ["DNS:old.corp.test"],
      from: "2020-01-01",
      to: "2021-02-03",
    });
    await using server = await startTlsServer(other, (_request, response) => response.end("{}"));
    await using proxy = await startTunnelProxy((target) =>
      target.startsWith("old") ? { port: server.port } : { status: 502 },
    );
    const withPassword = proxy.url.replace("//", "//ada:hunter3@");
    const env = { NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: withPassword };
    const [dated, undated] = await send(
      ["https://old.corp.test/", "https://other.corp.test/"],
      other.cert,
      env,
    );
    expect(dated).toMatchObject({
      message: `The certificate of old.corp.test through the proxy ${proxy.host} expired on 2021-02-03 (CERT_HAS_EXPIRED)`,
      grantUnused: true,
    });
    expect(proxy.targets.slice(0, 2)).toEqual(["old.corp.test:443", "old.corp.test:443"]);
    expect(proxy.authorizations.slice(0, 2)).toEqual(Array(2).fill(`Basic ${btoa("ada:hunter3")}`));
    expect(undated?.message).toContain("did not connect to other.corp.test (502)");
    expect(JSON.stringify([dated, undated])).not.toContain("hunter3");
  },
);

test.skipIf(!installed)("a proxy that does not answer is named", async () => {
  const proxy = await startTunnelProxy(() => "close");
  await proxy[Symbol.asyncDispose]();
  const [result] = await send(["https://login.corp.test/"], "", {
    NODE_USE_ENV_PROXY: "1",
    HTTPS_PROXY: proxy.url,
  });
  expect(result).toMatchObject({
    message: `No answer from the proxy ${proxy.host} (ECONNREFUSED)`,
    grantUnused: true,
  });
});
