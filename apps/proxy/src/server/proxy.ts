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
  /**
   * The sessions that serve requests. The first one serves requests that name no session.
   * @example [{ manager: copilot }, { manager: hyper }]
   */
  readonly sessions: readonly ProxySession[];
  /**
   * The address to listen on. An address beyond loopback requires `keys`.
   * @default "127.0.0.1"
   * @example "0.0.0.0"
   */
  readonly host?: string | undefined;
  /**
   * The port to listen on; 0 picks a free one.
   * @default 4141
   * @example 0
   */
  readonly port?: number | undefined;
  /**
   * The keys that callers must present. Without keys every user of this machine may use the proxy.
   * @default []
   * @example [{ name: "laptop", secret: "…" }, { name: "ci", secret: "…", session: "copilot@ci" }]
   */
  readonly keys?: readonly ProxyKey[] | undefined;
  /**
   * The origins of web pages that may use the proxy from a browser.
   * @default []
   * @example ["https://app.example.org"]
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * Limits for all callers together. A key may have additional limits.
   * @default {}
   * @example { concurrency: 64, queue: 200, requestsPerMinute: 600 }
   */
  readonly limits?: Limits | undefined;
  /**
   * The largest request body, in bytes.
   * @default 33_554_432
   * @example 8 * 1024 * 1024
   */
  readonly bodyLimit?: number | undefined;
  /**
   * The largest request line and headers together, in bytes.
   * @default 16_384
   * @example 32 * 1024
   */
  readonly headerLimit?: number | undefined;
  /**
   * How long a caller may take to send a request's headers, in milliseconds.
   * @default 30_000
   * @example 10_000
   */
  readonly headersTimeout?: number | undefined;
  /**
   * How long a caller may take to send a whole request, in milliseconds. The response has no timeout.
   * @default 300_000
   * @example 60_000
   */
  readonly requestTimeout?: number | undefined;
  /**
   * How long `close()` lets responses finish, in milliseconds.
   * @default 30_000
   * @example 5_000
   */
  readonly shutdownTimeout?: number | undefined;
  /**
   * Other names for models. Dated and dashed names need no alias if they match exactly one model of the catalog.
   * @default {}
   * @example { "gpt-4o": "gpt-4.1", fast: "hyper/kimi-k2.5" }
   */
  readonly aliases?: Readonly<Record<string, string>> | undefined;
  /**
   * How long a stream may be silent before it gets a comment, in milliseconds, so that no intermediary closes it; 0
   * turns comments off. A comment never precedes the upstream's headers and never interrupts an event.
   * @default 0
   * @example 15_000
   */
  readonly keepAlive?: number | undefined;
  /**
   * The HTTP proxies for requests to the upstreams.
   * @default undefined, a direct connection
   * @example outboundProxies(process.env)
   */
  readonly outboundProxy?: OutboundProxies | undefined;
  /**
   * Receives an entry for each request, without bodies and secrets.
   * @default undefined, no log
   * @example (entry) => console.error(JSON.stringify(entry))
   */
  readonly log?: ((entry: ProxyLogEntry) => void) | undefined;
  /**
   * Serves the dashboard at `/`, `/metrics` and `/api/…`.
   * @default undefined, none of them
   * @example createMonitor() // from `@tokenflow/proxy/monitor`
   */
  readonly monitor?: ProxyMonitor | undefined;
  /**
   * Replaces the system clock, for tests.
   * @default systemClock
   * @example fakeClock
   */
  readonly clock?: Clock | undefined;
}

/** A proxy that listens after `listen()`. Closing it does not close the managers. */
export interface Proxy extends AsyncDisposable {
  /**
   * Starts to listen.
   * @throws `provider.misconfigured` if the address is in use, not allowed, or not one of this machine
   */
  listen(): Promise<{ readonly url: string }>;
  /**
   * Accepts no new requests, lets responses finish within `shutdownTimeout`, then closes their connections. A
   * second call closes them at once.
   */
  close(): Promise<void>;
}

const DEFAULT_BODY_LIMIT = 32 * 1024 * 1024;
const DEFAULT_HEADER_LIMIT = 16 * 1024;
const DEFAULT_SHUTDOWN_TIMEOUT = 30_000;

/** Longer than the idle timeout of common clients, so that they close first: a request that crosses our close is lost. */
const IDLE_TIMEOUT = 75_000;

/** Bounds callers that send slowly and so hold connections. Five minutes mean a megabit per second for the largest body. */
const DEFAULT_HEADERS_TIMEOUT = 30_000;
const DEFAULT_REQUEST_TIMEOUT = 300_000;
const MAX_CHECK_INTERVAL = 5_000;
const MAX_CONNECTIONS = 8192;

/**
 * Creates an OpenAI- and Anthropic-compatible endpoint in front of sessions. Starts nothing before `listen()`.
 * @throws `provider.misconfigured` for a host beyond loopback without a key, an empty key, no session, or a
 * session whose provider has no upstream
 * @example
 * await using proxy = createProxy({ sessions: [{ manager }], port: 0 });
 * const { url } = await proxy.listen();
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

  // A model may take any time to respond, so there is no timeout between request and response.
  const noTimeouts = { headersTimeout: 0, bodyTimeout: 0 };
  const dispatcher = outboundProxy
    ? new EnvHttpProxyAgent({ ...noTimeouts, ...outboundProxy })
    : new Agent(noTimeouts);
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
    onBegin() {
      open += 1;
    },
    onEnd() {
      open -= 1;
      if (closing && open === 0) server.closeAllConnections();
    },
    log: (entry) => {
      try {
        listener(entry);
      } catch {
        // An error in the listener must not affect a request.
      }
    },
  });
  const server: Server = createServer(
    {
      headersTimeout,
      requestTimeout,
      connectionsCheckingInterval: Math.min(headersTimeout, requestTimeout, MAX_CHECK_INTERVAL),
      maxHeaderSize: headerLimit,
      keepAliveTimeout: IDLE_TIMEOUT,
      noDelay: true,
    },
    handler,
  );
  server.maxConnections = MAX_CONNECTIONS;
  // The handler answers `Expect: 100-continue` itself; otherwise Node would do so before any check.
  server.on("checkContinue", handler);

  const close = async (): Promise<void> => {
    const timer = setTimeout(() => server.closeAllConnections(), shutdownTimeout);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    monitor?.close();
    // Node counts connections that never sent anything as busy, but nobody waits for a response on them.
    if (open === 0) server.closeAllConnections();
    await closed;
    clearTimeout(timer);
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
