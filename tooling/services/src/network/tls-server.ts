import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Certificate } from "./certificate.ts";

export interface TlsServer extends AsyncDisposable {
  readonly port: number;
  /** How many requests have arrived. */
  readonly requests: number;
}

type Respond = (request: IncomingMessage, response: ServerResponse, reset: () => void) => void;

/**
 * Starts a server that speaks TLS on loopback.
 * @param respond is called when a request has arrived whole; `reset` breaks its connection off
 */
export async function startTlsServer(
  certificate: Certificate,
  respond: Respond,
  host = "127.0.0.1",
): Promise<TlsServer> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const byPort = new Map<number | undefined, Socket>();
  const server = createServer(certificate, (request, response) => {
    request.resume().once("end", () => {
      requests += 1;
      const socket = byPort.get(request.socket.remotePort);
      respond(request, response, () => socket?.resetAndDestroy());
    });
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    byPort.set(socket.remotePort, socket);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
