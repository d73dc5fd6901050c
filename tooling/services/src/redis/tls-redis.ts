import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFolder } from "../processes/create-folder.ts";
import { freePort } from "../processes/free-port.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";

export interface TlsRedis extends AsyncDisposable {
  readonly server: RedisServer;
  /** `rediss://…` */
  readonly url: string;
  /** The file of the throw-away CA that signed its certificate. */
  readonly ca: string;
}

/** Starts a server that also speaks TLS, with a certificate for loopback. */
export async function startTlsRedis(args: readonly string[] = []): Promise<TlsRedis> {
  await using started = new AsyncDisposableStack();
  const { path: folder } = started.use(await createFolder());
  await makeCertificate(folder);
  const path = (name: string): string => join(folder, name);
  const port = String(await freePort());
  const files = [
    ...["--tls-cert-file", path("cert.pem")],
    ...["--tls-key-file", path("key.pem")],
    ...["--tls-ca-cert-file", path("ca.pem")],
  ];
  const server = started.use(
    await startRedis({ args: ["--tls-port", port, "--tls-auth-clients", "no", ...files, ...args] }),
  );
  const all = started.move();
  return {
    server,
    url: `rediss://127.0.0.1:${port}`,
    ca: path("ca.pem"),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function makeCertificate(folder: string): Promise<void> {
  const openssl = (...args: string[]) => promisify(execFile)("openssl", args, { cwd: folder });
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  await openssl("req", "-x509", ...fresh, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=throw-away");
  const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key"];
  await openssl("req", "-x509", ...fresh, ...signed, "-keyout", "key.pem", "-out", "cert.pem", ...name);
}
