import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { TokenManager } from "@tokenflow/core";
import type { ProxySession } from "../routing/route.ts";

/** Receives the events of one request. A retry repeats `sent` and `answered`. */
export interface RequestObserver {
  /** The caller presented this key; `key` is its name. */
  identified(key: string): void;
  /** The request got a slot; until then it waited in the queue. */
  admitted(): void;
  /** The session was chosen. Called again when the model is known. */
  routed(target: { readonly manager: TokenManager; readonly route: string; readonly model?: string }): void;
  /** The whole request has arrived. */
  received(): void;
  /** The request goes to the upstream. */
  sent(): void;
  /** The headers of the upstream's response have arrived. */
  answered(status: number, headers: IncomingHttpHeaders): void;
  /** The response ended or its connection closed. */
  ended(end: RequestEnd): void;
}

const ignore = (): void => undefined;

/** Does nothing, for a proxy without a monitor. */
export const noopObserver: RequestObserver = {
  identified: ignore,
  admitted: ignore,
  routed: ignore,
  received: ignore,
  sent: ignore,
  answered: ignore,
  ended: ignore,
};

export interface RequestStart {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Returns the bytes of the response so far, as sent over the wire. */
  readonly bytes: () => number;
}

export interface RequestEnd {
  /** Absent if no response was sent. */
  readonly status: number | undefined;
  readonly outcome: "finished" | "left" | "cut";
  /** From the request's headers on, in milliseconds. */
  readonly duration: number;
  /** Bytes of the response, as sent over the wire. */
  readonly bytes: number;
  /** The code of an error of the proxy itself. */
  readonly code: string | undefined;
}

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
  readonly isClosing: boolean;
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
