import { builtin, type CertificateValidity, type Tunnel } from "./connection-watch.ts";

interface Socket {
  getPeerCertificate(): Partial<CertificateValidity>;
  setTimeout(milliseconds: number, listener: () => void): unknown;
  once(event: string, listener: () => void): unknown;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  off(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  write(text: string): unknown;
  destroy(): void;
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly servername?: string;
}

interface Tls {
  connect(
    options: (Address | { readonly socket: Socket; readonly servername?: string }) & {
      readonly rejectUnauthorized?: false;
    },
  ): Socket;
}

interface Net {
  connect(options: Address): Socket;
}

const TIMEOUT = 3_000;
/** A proxy's answer to CONNECT is a few lines. */
const MAX_HEAD = 16_384;

/**
 * Reads the validity of a server's certificate that Node has refused: its error does not have it. Opens a connection
 * of its own for that, over which nothing is sent but the request for a tunnel, if there was one.
 * @returns `undefined` outside Node, and if it cannot be read
 */
export async function readCertificateValidity(
  url: URL,
  tunnel: Tunnel | undefined,
): Promise<CertificateValidity | undefined> {
  const tls = builtin("node:tls") as Tls | undefined;
  if (!tls) return undefined;
  const { servername, ...address } = addressOf(url);
  const name = servername === undefined ? {} : { servername };
  if (!tunnel) return readValidity(tls.connect({ ...address, ...name, rejectUnauthorized: false }));
  const socket = await openTunnel(tunnel, tls);
  return socket && readValidity(tls.connect({ socket, ...name, rejectUnauthorized: false }));
}

function readValidity(socket: Socket): Promise<CertificateValidity | undefined> {
  return ended(socket, (end) => {
    socket.once("secureConnect", () => {
      const { valid_from, valid_to } = socket.getPeerCertificate();
      end(valid_from !== undefined && valid_to !== undefined ? { valid_from, valid_to } : undefined);
      socket.destroy();
    });
  });
}

/** Asks the proxy for another tunnel, exactly as it was asked for the first one. */
function openTunnel({ proxy, head }: Tunnel, tls: Tls): Promise<Socket | undefined> {
  const net = builtin("node:net") as Net;
  if (head === "") return Promise.resolve(undefined);
  const isTls = proxy.protocol === "https:";
  const socket = isTls ? tls.connect(addressOf(proxy)) : net.connect(addressOf(proxy));
  return ended(socket, (end) => {
    let answer = "";
    const read = (chunk: Uint8Array): void => {
      answer += new TextDecoder("latin1").decode(chunk);
      if (!answer.includes("\r\n\r\n") && answer.length < MAX_HEAD) return;
      socket.off("data", read);
      if (/^HTTP\/1\.\d 2/.test(answer)) end(socket);
      else socket.destroy();
    };
    socket.on("data", read);
    socket.once(isTls ? "secureConnect" : "connect", () => socket.write(`${head}\r\n`));
  });
}

/** Settles with what `begin` ends with, or with `undefined` as soon as the socket fails, closes or is silent. */
function ended<T>(
  socket: Socket,
  begin: (end: (result: T | undefined) => void) => void,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    socket.once("error", () => resolve(undefined));
    socket.once("close", () => resolve(undefined));
    socket.setTimeout(TIMEOUT, () => socket.destroy());
    begin(resolve);
  });
}

function addressOf({ hostname, port, protocol }: URL): Address {
  const host = hostname.replace(/^\[|\]$/g, "");
  const isAddress = /^[\d.]+$|:/.test(host);
  return {
    host,
    port: Number(port || (protocol === "http:" ? 80 : 443)),
    ...(isAddress ? {} : { servername: host }),
  };
}
