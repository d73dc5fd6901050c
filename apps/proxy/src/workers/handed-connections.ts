import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { ServerAddress } from "../server/listen.ts";

/** The message that comes with a connection. */
export const CONNECTION = "connection";

/** The connections that the primary has accepted for this worker. */
export interface HandedConnections extends ServerAddress {
  take(socket: Socket): void;
}

/** @param url the address at which the primary listens */
export function createHandedConnections(url: string): HandedConnections {
  const open = new Set<Socket>();
  const closed = Promise.withResolvers<void>();
  let server: Server | undefined;
  let isClosing = false;
  return {
    async listen(given) {
      server = given;
      // It begins to look for slow callers at this event, and this server listens nowhere.
      server.emit("listening");
      return { url };
    },
    take(socket) {
      if (!server || isClosing || open.size >= server.maxConnections) return void socket.destroy();
      open.add(socket);
      socket.once("close", () => {
        open.delete(socket);
        if (isClosing && open.size === 0) closed.resolve();
      });
      server.emit("connection", socket);
    },
    close(given) {
      isClosing = true;
      given.closeIdleConnections();
      if (open.size === 0) closed.resolve();
      return closed.promise;
    },
  };
}
