import { createServer, type Server } from "node:http";
import type { Clock } from "@tokenflow/core";
import type { OutboundProxies } from "@tokenflow/core/environment";
import { systemClock } from "@tokenflow/core/provider";
import { Agent, EnvHttpProxyAgent } from "undici";
import { createAuth, type ProxyKey } from "../access/auth.ts";
import type { Limits } from "../access/concurrency-limiter.ts";
import { createRequestLimiter } from "../access/request-limiter.ts";
import { prepareRedaction } from "../answers/redact-secrets.ts";
import { createRateLimitBackoff } from "../forward/rate-limit-backoff.ts";
import { createUpstreamHealth } from "../forward/upstream-health.ts";
import type { ProxyLogEntry } from "../observe/log.ts";
import type { ProxyMonitor } from "../observe/request-observer.ts";
import { createModelCatalogs } from "../routing/model-catalogs.ts";
import type { ProxySession } from "../routing/route.ts";
import { checkOptions } from "./check-options.ts";
import { createHandler } from "./handler.ts";
import { listen } from "./listen.ts";

export interface ProxyOptions {
  /** What requests are answered from; the first one where a request names no provider. */
  readonly sessions: readonly ProxySession[];
  /** Anything but loopback needs `keys`. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** 0 takes a free one. @default 4141 */
  readonly port?: number | undefined;
  /** Who may use the proxy. Without any, everyone on this machine may. @default [] */
  readonly keys?: readonly ProxyKey[] | undefined;
  /** Web pages that may use the proxy from a browser: `https://app.example.org`. @default [] */
  readonly origins?: readonly string[] | undefined;
  /** What all callers together may ask; a key may have limits of its own. @default none */
  readonly limits?: Limits | undefined;
  /** The longest request body, in bytes. @default 33_554_432 */
  readonly bodyLimit?: number | undefined;
  /** The longest head of a request, in bytes. @default 16_384 */
  readonly headerLimit?: number | undefined;
  /** How long a caller may take to send a request's head, in milliseconds. @default 30_000 */
  readonly headersTimeout?: number | undefined;
  /** How long for all of a request; no limit runs once it is here. In milliseconds. @default 300_000 */
  readonly requestTimeout?: number | undefined;
  /** How long `close()` lets answers finish, in milliseconds. @default 30_000 */
  readonly shutdownTimeout?: number | undefined;
  /**
   * Names that callers may use for a model: `{ "gpt-4o": "gpt-4.1", "fast": "hyper/kimi-k2.5" }`. Dated and dashed
   * names need none, where the catalogue has one model that they can mean. @default {}
   */
  readonly aliases?: Readonly<Record<string, string>> | undefined;
  /**
   * After how much silence a stream is given a comment, in milliseconds, so that nothing in between takes it
   * for dead; 0 for never. Never before the upstream's headers, never inside an event. @default 0
   */
  readonly keepAlive?: number | undefined;
  /** The proxies on the way to the upstreams, as `outboundProxies(env)` reads them. @default none */
  readonly outboundProxy?: OutboundProxies | undefined;
  readonly log?: ((entry: ProxyLogEntry) => void) | undefined;
  /** Serves the dashboard at `/`, `/metrics` and `/api/…`: `createMonitor()` of `@tokenflow/proxy/monitor`. */
  readonly monitor?: ProxyMonitor | undefined;
  readonly clock?: Clock | undefined;
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
const DEFAULT_HEADER_LIMIT = 16 * 1024;
const DEFAULT_SHUTDOWN_TIMEOUT = 30_000;

/** Longer than the idle time of common clients, so that they are the ones to close: a request that meets our close is lost. */
const IDLE_TIMEOUT = 75_000;

/** Callers who send byte after byte hold connections: a whole request has five minutes, which is a megabit a second for the longest. */
const DEFAULT_HEADERS_TIMEOUT = 30_000;
const DEFAULT_REQUEST_TIMEOUT = 300_000;
const MAX_CHECK_INTERVAL = 5_000;
const MAX_CONNECTIONS = 8192;

/**
 * An OpenAI- and Anthropic-compatible endpoint in front of sessions. Starts nothing before `listen()`.
 * @throws `provider.misconfigured` for a host beyond loopback without a key, an empty key, no session, or a
 * session whose provider has no upstream
 */
export function createProxy({
  sessions,
  host = "127.0.0.1",
  port = 4141,
  keys = [],
  origins = [],
  limits = {},
  bodyLimit = DEFAULT_BODY_LIMIT,
  headerLimit = DEFAULT_HEADER_LIMIT,
  headersTimeout = DEFAULT_HEADERS_TIMEOUT,
  requestTimeout = DEFAULT_REQUEST_TIMEOUT,
  shutdownTimeout = DEFAULT_SHUTDOWN_TIMEOUT,
  aliases = {},
  keepAlive = 0,
  outboundProxy,
  log: listener = () => undefined,
  monitor,
  clock = systemClock,
}: ProxyOptions): Proxy {
  checkOptions({ sessions, keys, host });

  // A model may think for as long as it likes: no time-out of ours between request and answer.
  const patient = { headersTimeout: 0, bodyTimeout: 0 };
  const dispatcher = outboundProxy
    ? new EnvHttpProxyAgent({ ...patient, ...outboundProxy })
    : new Agent(patient);
  let open = 0;
  let closing: Promise<void> | undefined;
  const limiter = createRequestLimiter(limits, keys, clock);
  const backoff = createRateLimitBackoff(clock);
  const handler = createHandler({
    sessions,
    auth: createAuth(keys, origins),
    limits: limiter,
    backoff,
    health: createUpstreamHealth(),
    monitor,
    dispatcher,
    bodyLimit,
    aliases: new Map(Object.entries(aliases)),
    catalogs: createModelCatalogs(clock),
    keepAlive,
    isClosing: () => closing !== undefined,
    began() {
      open += 1;
    },
    ended() {
      open -= 1;
      if (closing && open === 0) server.closeAllConnections();
    },
    log: (entry) => {
      try {
        listener(entry);
      } catch {
        // A listener that throws changes nothing.
      }
    },
  });
  const server: Server = createServer(
    {
      headersTimeout: headersTimeout,
      requestTimeout,
      connectionsCheckingInterval: Math.min(headersTimeout, requestTimeout, MAX_CHECK_INTERVAL),
      maxHeaderSize: headerLimit,
      keepAliveTimeout: IDLE_TIMEOUT,
      noDelay: true,
    },
    handler,
  );
  server.maxConnections = MAX_CONNECTIONS;
  // Whoever asks before sending a body is told when it is wanted, not by node at once.
  server.on("checkContinue", handler);

  const close = async (): Promise<void> => {
    const limit = setTimeout(() => server.closeAllConnections(), shutdownTimeout);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    monitor?.close();
    // Connections that never sent anything count as busy for node; nobody waits for an answer on them.
    if (open === 0) server.closeAllConnections();
    await closed;
    clearTimeout(limit);
    await dispatcher.destroy();
  };

  const proxy: Proxy = {
    async listen() {
      await prepareRedaction();
      const { url } = await listen(server, host, port);
      monitor?.onListen({
        sessions,
        url,
        requiresKey: keys.length > 0,
        get queue() {
          return limiter.queue;
        },
        get isClosing() {
          return closing !== undefined;
        },
        pausedUntil: (manager) => backoff.until(manager),
      });
      return { url };
    },
    close() {
      if (closing) server.closeAllConnections();
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => proxy.close(),
  };
  return proxy;
}
