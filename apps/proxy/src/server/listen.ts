import type { Server as HttpServer } from "node:http";
import type { Server } from "node:net";
import { TokenFlowError } from "@tokenflow/core";
import { systemCode } from "@tokenflow/core/store";
import { descriptorOf, prepareSocket, protectSocket, socketPathOf } from "./unix-socket.ts";

/** The address of a server. Workers have none of their own. */
export interface ServerAddress {
  listen(server: HttpServer, host: string, port: number): Promise<{ readonly url: string }>;
  /** Takes no more connections. Resolves when those that there are have ended. */
  close(server: HttpServer): Promise<void>;
}

export const ownAddress: ServerAddress = {
  listen,
  close: (server) => new Promise((resolve) => void server.close(() => resolve())),
};

/** Messages and hints for the common errors. */
const ERRORS: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  EADDRINUSE: ["is in use", "Stop what listens there, or choose another port."],
  EACCES: ["is not allowed for this user", "Choose a port above 1023."],
  EADDRNOTAVAIL: ["is not an address of this machine", "Choose another host."],
  ENOTFOUND: ["is an unknown host", "Choose another host."],
  EAI_AGAIN: ["is an unknown host", "Choose another host."],
};

/**
 * Listens on a host and a port, on a socket of this machine (`unix:/path`), or on a descriptor that already listens
 * (`fd:3`). The address of a socket is returned as `unix:/path`.
 * @throws `provider.misconfigured` if the address cannot be used
 */
export async function listen(server: Server, host: string, port: number): Promise<{ readonly url: string }> {
  const path = socketPathOf(host);
  const fd = descriptorOf(host);
  if (path !== undefined) await prepareSocket(path);
  const hostInUrl = host.includes(":") ? `[${host}]` : host;
  const shown = path ?? (fd === undefined ? `${hostInUrl}:${port}` : `The file descriptor ${fd}`);
  const target = path === undefined ? (fd === undefined ? { host, port } : { fd }) : { path };
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const code = systemCode(error) ?? "";
      const [problem, hint] = ERRORS[code] ?? [`cannot be used (${code})`, "Choose another address."];
      reject(new TokenFlowError("provider.misconfigured", `${shown} ${problem}`, { hint }));
    });
    server.listen(target, () => {
      if (path !== undefined) protectSocket(path);
      resolve({ url: addressOf(server, hostInUrl, port) });
    });
  });
}

function addressOf(server: Server, host: string, port: number): string {
  const address = server.address();
  if (typeof address === "string") return `unix:${address}`;
  if (host.startsWith("[fd:") && address) {
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  }
  return `http://${host}:${address?.port ?? port}`;
}
