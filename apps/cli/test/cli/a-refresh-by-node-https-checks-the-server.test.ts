import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createCertificate, createFolder, hasServices, startTlsServer } from "@tokenflow/services";
import { expect, test } from "vitest";
import { listen } from "../support/loopback.ts";

test.skipIf(!hasServices("openssl"))("TLS is checked, and a failed handshake spares the grant", async () => {
  const good = await createCertificate({ names: ["IP:127.0.0.1"] });
  const old = await createCertificate({ names: ["IP:127.0.0.1"], from: "2020-01-01", to: "2021-02-03" });
  const other = await createCertificate({ names: ["DNS:captive.example"] });
  const unknown = await createCertificate({ names: ["IP:127.0.0.1"] });
  await using cleanup = new AsyncDisposableStack();
  const ports: number[] = [];
  for (const certificate of [good, old, other, unknown]) {
    const server = cleanup.use(await startTlsServer(certificate, (_, response) => response.end("{}")));
    ports.push(server.port);
  }
  const breaking = cleanup.use(await startTlsServer(good, (_, _response, reset) => reset()));
  const folder = cleanup.use(await createFolder());
  /** Sends from a Node that trusts one certificate: of several with the same name it would look at one. */
  const send = async (trusted: { readonly cert: string }, urls: readonly string[]): Promise<unknown[]> => {
    const ca = join(folder.path, "ca.pem");
    await writeFile(ca, trusted.cert);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--conditions=@tokenflow/source", join(import.meta.dirname, "../support/send-by-node.ts"), ...urls],
      { env: { PATH: process.env["PATH"], NODE_EXTRA_CA_CERTS: ca } },
    );
    return stdout
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
  };
  const [first, dated, named, untrusted] = ports.map((port) => `https://127.0.0.1:${port}/`);
  const resets = await listen((socket) => socket.resetAndDestroy(), "https");
  const plain = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), "https");
  const alert = await listen((socket) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 80])), "https");
  const broken = `https://127.0.0.1:${breaking.port}/`;
  const unused = (message: string): unknown =>
    expect.objectContaining({ message: expect.stringContaining(message), grantUnused: true });
  expect(await send(good, [first ?? "", untrusted ?? "", broken, resets, plain, alert])).toEqual([
    { status: 200 },
    unused("(DEPTH_ZERO_SELF_SIGNED_CERT)"),
    expect.not.objectContaining({ grantUnused: true }),
    unused("(ECONNRESET)"),
    unused("did not answer in TLS (ERR_SSL_WRONG_VERSION_NUMBER)"),
    unused("(ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR)"),
  ]);
  expect(await send(old, [dated ?? ""])).toEqual([unused("expired on 2021-02-03 (CERT_HAS_EXPIRED)")]);
  expect(await send(other, [named ?? ""])).toEqual([
    unused("is for captive.example (ERR_TLS_CERT_ALTNAME_INVALID)"),
  ]);
});
