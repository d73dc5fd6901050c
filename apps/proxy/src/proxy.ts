import { createServer, type Server } from "node:http";
import { isLoopback, TokenFlowError } from "@tokenflow/core";
import { Agent } from "undici";
import { createGuard, type ProxyKey } from "./guard.ts";
import { createHandler } from "./handler.ts";
import { listen } from "./listen.ts";
import type { ProxyLogEntry } from "./log.ts";
import type { ProxySession } from "./route.ts";
import { upstreamOf } from "./upstream-of.ts";

export interface ProxyOptions {
  /** What requests are answered from; the first one where a request names no provider. */
  readonly sessions: readonly ProxySession[];
  /** Anything but loopback needs `keys`. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** 0 takes a free one. @default 4141 */
  readonly port?: number | undefined;
  /** Who may use the proxy. Without any, everyone on this machine may. @default [] */
  readonly keys?: readonly ProxyKey[] | undefined;
  /** The longest request body, in bytes. @default 33_554_432 */
  readonly bodyLimit?: number | undefined;
  /** How long `close()` lets answers finish, in milliseconds. @default 30_000 */
  readonly drain?: number | undefined;
  readonly log?: ((entry: ProxyLogEntry) => void) | undefined;
}

/** Listens when asked to. The managers are the caller's, and stay open. */
export interface Proxy extends AsyncDisposable {
  /**
   * @throws `provider.misconfigured` where the address is in use, not allowed, or not this machine's
   */
  listen(): Promise<{ readonly url: string }>;
  /**
   * Accepts nothing new and lets answers finish within `drain`, then breaks them off. A second call breaks
   * them off at once.
   */
  close(): Promise<void>;
}

const DEFAULT_BODY_LIMIT = 32 * 1024 * 1024;
const DEFAULT_DRAIN = 30_000;

/** Longer than the idle time of common clients, so that they are the ones to close: a request that meets our close is lost. */
const KEEP_ALIVE = 75_000;

/**
 * An OpenAI-compatible endpoint in front of sessions. Starts nothing before `listen()`.
 * @throws `provider.misconfigured` for a host beyond loopback without a key, an empty key, no session, or a
 * session whose provider has no upstream
 */
export function createProxy({
  sessions,
  host = "127.0.0.1",
  port = 4141,
  keys = [],
  bodyLimit = DEFAULT_BODY_LIMIT,
  drain = DEFAULT_DRAIN,
  log: listener = () => undefined,
}: ProxyOptions): Proxy {
  if (sessions.length === 0) throw misconfigured("A proxy needs a session", "Give it one.");
  for (const { manager } of sessions) upstreamOf(manager.provider);
  if (keys.some(({ secret }) => secret.trim() === ""))
    throw misconfigured("A key is empty", "Give it a value.");
  if (keys.length === 0 && !isLoopback(host.includes(":") ? `[${host}]` : host)) {
    throw misconfigured(
      `Without a key the proxy does not listen on ${host}, where others could use your session`,
      "Set a key, or listen on 127.0.0.1.",
    );
  }

  // A model may think for as long as it likes: no time-out of ours between request and answer.
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  let open = 0;
  let closing: Promise<void> | undefined;
  const handler = createHandler({
    sessions,
    guard: createGuard(keys),
    dispatcher,
    bodyLimit,
    isClosing: () => closing !== undefined,
    log: (entry) => {
      try {
        listener(entry);
      } catch {
        // A listener that throws changes nothing.
      }
    },
  });
  const server: Server = createServer(
    { keepAliveTimeout: KEEP_ALIVE, noDelay: true },
    (request, response) => {
      open += 1;
      response.once("close", () => {
        open -= 1;
        if (closing && open === 0) server.closeAllConnections();
      });
      handler(request, response);
    },
  );

  const close = async (): Promise<void> => {
    const limit = setTimeout(() => server.closeAllConnections(), drain);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Connections that never sent anything count as busy for node; nobody waits for an answer on them.
    if (open === 0) server.closeAllConnections();
    await closed;
    clearTimeout(limit);
    await dispatcher.destroy();
  };

  const proxy: Proxy = {
    listen: () => listen(server, host, port),
    close() {
      if (closing) server.closeAllConnections();
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => proxy.close(),
  };
  return proxy;
}

function misconfigured(message: string, hint: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint });
}
