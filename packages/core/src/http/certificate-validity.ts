import { builtin, type CertificateValidity } from "./connection-watch.ts";

interface Socket {
  getPeerCertificate(): Partial<CertificateValidity>;
  setTimeout(milliseconds: number, listener: () => void): unknown;
  once(event: string, listener: () => void): unknown;
  destroy(): void;
}

interface Tls {
  connect(options: {
    readonly host: string;
    readonly port: number;
    readonly servername?: string;
    readonly rejectUnauthorized: false;
  }): Socket;
}

const TIMEOUT = 3_000;

/**
 * Reads the validity of a server's certificate that Node has refused: its error does not have it. Opens a connection
 * of its own for that, over which nothing is sent.
 * @returns `undefined` outside Node, and if it cannot be read
 */
export function readCertificateValidity({ hostname, port }: URL): Promise<CertificateValidity | undefined> {
  const tls = builtin("node:tls") as Tls | undefined;
  if (!tls) return Promise.resolve(undefined);
  const host = hostname.replace(/^\[|\]$/g, "");
  const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  return new Promise((resolve) => {
    const socket = tls.connect({ host, port: Number(port || 443), ...servername, rejectUnauthorized: false });
    const end = (validity?: CertificateValidity): void => {
      resolve(validity);
      socket.destroy();
    };
    socket.once("secureConnect", () => {
      const { valid_from, valid_to } = socket.getPeerCertificate();
      end(valid_from !== undefined && valid_to !== undefined ? { valid_from, valid_to } : undefined);
    });
    socket.once("error", () => end());
    socket.once("close", () => end());
    socket.setTimeout(TIMEOUT, () => end());
  });
}
