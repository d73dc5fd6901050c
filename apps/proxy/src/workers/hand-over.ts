import { createServer, type Socket } from "node:net";
import { listen } from "../server/listen.ts";

/** Sends a connection to a worker. */
export type Taker = (socket: Socket) => void;

/** Accepts connections, and hands each one to a worker that has taken its last one. */
export interface HandOver {
  /** @throws `provider.misconfigured` if the address cannot be used */
  listen(host: string, port: number): Promise<{ readonly url: string }>;
  /** The worker begins, or has taken its connection. */
  ready(taker: Taker): void;
  /** The worker has ended. */
  remove(taker: Taker): void;
  /** Accepts no more. */
  close(): void;
}

/** The most connections that wait for a worker. More of them are closed: the system has a queue as well. */
const MAX_WAITING = 512;

export function createHandOver(): HandOver {
  const waiting: Socket[] = [];
  /** Those that have waited longest come first. */
  const free = new Set<Taker>();
  /** The connections on their way. They are open here too, so that one to a worker that dies is closed. */
  const handed = new Map<Taker, Socket>();

  const handOut = (): void => {
    for (const taker of free) {
      const socket = waiting.shift();
      if (!socket) return;
      free.delete(taker);
      handed.set(taker, socket);
      taker(socket);
    }
  };
  /** Closes a connection here. It is open as long as a worker has it. */
  const letGo = (taker: Taker): void => {
    handed.get(taker)?.destroy();
    handed.delete(taker);
  };
  // Nothing is read here: the first bytes are the worker's.
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    socket.on("error", () => undefined);
    if (waiting.length >= MAX_WAITING) return void socket.destroy();
    waiting.push(socket);
    handOut();
  });

  return {
    listen: (host, port) => listen(server, host, port),
    ready(taker) {
      letGo(taker);
      free.add(taker);
      handOut();
    },
    remove(taker) {
      letGo(taker);
      free.delete(taker);
    },
    close() {
      server.close();
      for (const socket of waiting.splice(0)) socket.destroy();
    },
  };
}
