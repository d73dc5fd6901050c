import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface CertificateOptions {
  /** The names it is for. @example ["DNS:*.corp.test", "IP:127.0.0.1"] */
  readonly names: readonly string[];
  /** The first and the last day. @default yesterday, tomorrow @example "2020-01-01" */
  readonly from?: string;
  readonly to?: string;
}

/** A certificate that signs itself, and its key. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const DAY = 86_400_000;

const CONFIG = `[ca]
default_ca = own
[own]
dir = .
database = index
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[req]
distinguished_name = empty
[empty]
[extensions]
basicConstraints = CA:TRUE
subjectAltName = `;

/** Creates a certificate with openssl. It may have expired, or begin later. */
export async function createCertificate({ names, from, to }: CertificateOptions): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-"));
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  const openssl = (...args: string[]) => promisify(execFile)("openssl", args, { cwd: folder });
  try {
    await Promise.all([
      write("config", `${CONFIG}${names.join(",")}\n`),
      write("index", ""),
      write("serial", "01\n"),
    ]);
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key"];
    await openssl("req", "-new", ...key, "-out", "request", "-subj", "/CN=throw-away", "-config", "config");
    const days = [
      ...["-startdate", asn1Day(from ?? dayFromNow(-1)), "-enddate", asn1Day(to ?? dayFromNow(1))],
      ...["-batch", "-notext", "-out", "cert"],
    ];
    await openssl("ca", "-selfsign", "-config", "config", "-keyfile", "key", "-in", "request", ...days);
    const [keyText, cert] = await Promise.all(
      ["key", "cert"].map((file) => readFile(join(folder, file), "utf8")),
    );
    return { key: keyText ?? "", cert: cert ?? "" };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function dayFromNow(days: number): string {
  return new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
}

/** `20200101000000Z` */
function asn1Day(day: string): string {
  return `${day.replaceAll("-", "")}000000Z`;
}
