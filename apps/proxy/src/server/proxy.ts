import { createServer, type Server } from "node:http";
import { createOutboundDispatcher } from "@tokenflow/common/network";
import { createLearnedRefusals, systemClock } from "@tokenflow/core/provider";
import { createAuth } from "../access/auth.ts";
import { MAX_HEADERS } from "../access/framing.ts";
import { createKeyBrake } from "../access/key-brake.ts";
import { createRequestLimiter } from "../access/request-limiter.ts";
import { prepareRedaction } from "../answers/redact-secrets.ts";
import { createBodyBudget } from "../body/body-budget.ts";
import { createUnpacker } from "../body/unpack.ts";
import { createRateLimitBackoff } from "../forward/rate-limit-backoff.ts";
import { createSessionWatch } from "../forward/session-watch.ts";
import { createUpstreamHealth } from "../forward/upstream-health.ts";
import { createModelCatalogs } from "../routing/model-catalogs.ts";
import { checkOptions } from "./check-options.ts";
import { createHandler } from "./handler.ts";
import { listen } from "./listen.ts";
import type { ProxyOptions } from "./proxy-options.ts";

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
const DEFAULT_BODY_BUDGET = 256 * 1024 * 1024;
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
  bodyBudget = DEFAULT_BODY_BUDGET,
  headerLimit = DEFAULT_HEADER_LIMIT,
  headersTimeout = DEFAULT_HEADERS_TIMEOUT,
  requestTimeout = DEFAULT_REQUEST_TIMEOUT,
  shutdownTimeout = DEFAULT_SHUTDOWN_TIMEOUT,
  aliases = {},
  dialects = true,
  keepAlive = 0,
  outboundProxy,
  log: listener = () => undefined,
  monitor,
  usage,
  telemetry,
  traceUpstream = false,
  clock = systemClock,
}: ProxyOptions): Proxy {
  checkOptions({ sessions, keys, host });

  // A model may take any time to respond, so there is no timeout between request and response.
  const noTimeouts = { headersTimeout: 0, bodyTimeout: 0 };
  const { dispatcher, destroy: destroyDispatcher } = createOutboundDispatcher(outboundProxy, noTimeouts);
  let open = 0;
  let closing: Promise<void> | undefined;
  const budget = createBodyBudget(bodyBudget);
  const brake = createKeyBrake(clock);
  const limiter = createRequestLimiter(limits, keys, clock);
  const backoff = createRateLimitBackoff(clock);
  const handler = createHandler({
    sessions,
    auth: createAuth(keys, origins),
    brake,
    limits: limiter,
    backoff,
    health: createUpstreamHealth(),
    watch: createSessionWatch(clock),
    learned: createLearnedRefusals(clock),
    monitor,
    usage,
    telemetry,
    traceUpstream,
    dispatcher,
    bodyLimit,
    budget,
    unpacker: createUnpacker(),
    aliases: new Map(Object.entries(aliases)),
    catalogs: createModelCatalogs(clock),
    translates: dialects,
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
  // Node drops the headers beyond this count. One more than are allowed shows that there were too many.
  server.maxHeadersCount = MAX_HEADERS + 1;
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
    await destroyDispatcher();
  };

  const proxy: Proxy = {
    async listen() {
      await prepareRedaction();
      const { url } = await listen(server, host, port);
      monitor?.onListen({
        sessions,
        url,
        requiresKey: keys.length > 0,
        bodies: budget,
        usage,
        get refusedKeys() {
          return brake.refused;
        },
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
