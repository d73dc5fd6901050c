import type { IncomingMessage, ServerResponse } from "node:http";
import type { TokenManager } from "@tokenflow/core";
import type { BodyUse } from "../body/body-budget.ts";
import type { ProxySession } from "../routing/route.ts";
import type { ProxyUsage } from "./proxy-usage.ts";
import type { RequestObserver, RequestStart } from "./request-observer.ts";

/** The live state of a proxy, for its monitor. */
export interface ObservedProxy {
  readonly sessions: readonly ProxySession[];
  readonly url: string;
  /** True if callers need a key. */
  readonly requiresKey: boolean;
  readonly queue: {
    readonly running: number;
    readonly waiting: number;
    readonly concurrency?: number | undefined;
  };
  /** The bytes of request bodies in memory. */
  readonly bodies: BodyUse;
  /** The number of wrong keys so far. */
  readonly refusedKeys: number;
  readonly isClosing: boolean;
  /** Counts what answers cost. */
  readonly usage: ProxyUsage | undefined;
  /** Returns the end of a rate limit's pause, in milliseconds since 1970. */
  pausedUntil(manager: TokenManager): number | undefined;
}

/** Observes a proxy and serves what it saw. Created by `createMonitor` of `@tokenflow/proxy/monitor`. */
export interface ProxyMonitor {
  /** Called once, when the proxy starts to listen. */
  onListen(proxy: ObservedProxy): void;
  /** Called for each request, except health checks and requests to the monitor itself. */
  onRequest(request: RequestStart): RequestObserver;
  /** Returns true for the monitor's paths: `/`, `/metrics`, `/api/…`. */
  handles(path: string): boolean;
  /**
   * Returns true for paths that need no key: the dashboard's page, which contains no data. A browser cannot send a
   * key when it opens a URL, and the page must load to read the key from the URL.
   */
  isPublic(path: string): boolean;
  /** Serves one of those paths. The proxy has already checked the key, if the path needs one. */
  answer(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void>;
  /** Ends event streams, which would keep the proxy open. */
  close(): void;
}
