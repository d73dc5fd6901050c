import type { Clock } from "@tokenflow/core";
import type { OutboundProxies } from "@tokenflow/core/environment";
import type { ProxyKey } from "../access/auth.ts";
import type { Limits } from "../access/concurrency-limiter.ts";
import type { ProxyLogEntry } from "../observe/log.ts";
import type { ProxyMonitor } from "../observe/proxy-monitor.ts";
import type { ProxyTelemetry } from "../observe/proxy-telemetry.ts";
import type { ProxyUsage } from "../observe/proxy-usage.ts";
import type { ProxySession } from "../routing/route.ts";

export interface ProxyOptions {
  /**
   * The sessions that serve requests. The first one serves requests that name no session.
   * @example [{ manager: copilot }, { manager: hyper }]
   */
  readonly sessions: readonly ProxySession[];
  /**
   * The address to listen on: a host, a socket of this machine (`unix:/path`, for this user alone, in a folder that
   * nobody else may enter), or a descriptor that already listens (`fd:3`). All but loopback requires `keys`.
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
   * The largest size of all request bodies together that are in memory, in bytes. Beyond it a request gets 503.
   * @default 268_435_456
   * @example 64 * 1024 * 1024
   */
  readonly bodyBudget?: number | undefined;
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
   * Translates a call to the dialect that serves its model, if its own path does not. False refuses such a call, and
   * names the right path.
   * @default true
   * @example false
   */
  readonly dialects?: boolean | undefined;
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
   * Counts what answers cost, and holds budgets.
   * @default undefined, nothing is counted
   * @example createUsage({ path: "usage.db" }) // from `@tokenflow/proxy/usage`
   */
  readonly usage?: ProxyUsage | undefined;
  /**
   * Traces requests and measures model calls, by OpenTelemetry.
   * @default undefined, no spans
   * @example createTelemetry() // from `@tokenflow/proxy/telemetry`
   */
  readonly telemetry?: ProxyTelemetry | undefined;
  /**
   * Gives the trace to the upstream, in `traceparent` and `tracestate`: the caller's, or that of `telemetry`.
   * @default false
   * @example true
   */
  readonly traceUpstream?: boolean | undefined;
  /**
   * Replaces the system clock, for tests.
   * @default systemClock
   * @example fakeClock
   */
  readonly clock?: Clock | undefined;
}
