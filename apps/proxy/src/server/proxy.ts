import { createServer, type Server } from "node:http";
import { createOutboundDispatcher } from "@tokenflow/common/network";
import { createLearnedRefusals, systemClock } from "@tokenflow/core/provider";
import { createAuth } from "../access/auth.ts";
import { MAX_HEADERS } from "../access/framing.ts";
import { prepareRedaction } from "../answers/redact-secrets.ts";
import { createUnpacker } from "../body/unpack.ts";
import { createSessionWatch } from "../forward/session-watch.ts";
import { createModelCatalogs } from "../routing/model-catalogs.ts";
import { checkOptions } from "./check-options.ts";
import { createHandler } from "./handler.ts";
import type { ProxyOptions } from "./proxy-options.ts";
import { createSharedParts, observe, type SharedParts } from "./shared-parts.ts";

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
export const DEFAULT_SHUTDOWN_TIMEOUT: number = 30_000;

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
export function createProxy(options: ProxyOptions): Proxy {
  const { sessions, keys = [], limits = {}, bodyBudget, clock = systemClock } = options;
  return assembleProxy(options, createSharedParts({ sessions, keys, limits, bodyBudget, clock }));
}

/** Creates a proxy of parts that other processes may share. */
export function assembleProxy(
  {
    sessions,
    host = "127.0.0.1",
    port = 4141,
    keys = [],
    origins = [],
    bodyLimit = DEFAULT_BODY_LIMIT,
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
  }: ProxyOptions,
  parts: SharedParts,
): Proxy {
  checkOptions({ sessions, keys, host });

  // A model may take any time to respond, so there is no timeout between request and response.
  const noTimeouts = { headersTimeout: 0, bodyTimeout: 0 };
  const { dispatcher, destroy: destroyDispatcher } = createOutboundDispatcher(outboundProxy, noTimeouts);
  let open = 0;
  let closing: Promise<void> | undefined;
  const isClosing = (): boolean => closing !== undefined;
  const handler = createHandler({
    ...parts,
    sessions,
    auth: createAuth(keys, origins),
    watch: createSessionWatch(clock),
    learned: createLearnedRefusals(clock),
    monitor,
    usage,
    telemetry,
    traceUpstream,
    dispatcher,
    bodyLimit,
    unpacker: createUnpacker(),
    aliases: new Map(Object.entries(aliases)),
    catalogs: createModelCatalogs(clock),
    translates: dialects,
    keepAlive,
    isClosing,
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
    const closed = parts.address.close(server);
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
      const { url } = await parts.address.listen(server, host, port);
      monitor?.onListen(observe(url, parts, { sessions, keys, usage, isClosing }));
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
