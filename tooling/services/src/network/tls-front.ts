import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createServer } from "node:tls";
import type { Certificate } from "./certificate.ts";

export interface TlsFront extends AsyncDisposable {
  readonly port: number;
}

/** Starts a server on loopback that takes TLS off, and passes the bytes on to a port that speaks plain text. */
export async function startTlsFront(certificate: Certificate, port: number): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  const server = createServer(certificate, (outer) => {
    const inner = connect(port, "127.0.0.1");
    for (const [end, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(end);
      end.on("error", () => other.destroy());
      end.on("close", () => sockets.delete(end));
      end.pipe(other);
    }
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
