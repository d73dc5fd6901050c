import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { TokenManager } from "@tokenflow/core";
import type { ProxySession } from "../routing/route.ts";

/** Follows one request. Each is called when it happens; what may happen twice, such as a second try, is told twice. */
export interface RequestObserver {
  /** Whose key the caller has. */
  identified(key: string): void;
  /** It found a free place; until then it waited in the queue. */
  admitted(): void;
  /** Who answers; the model, once it is known. */
  routed(target: { readonly manager: TokenManager; readonly route: string; readonly model?: string }): void;
  /** All of it is here. */
  received(): void;
  /** It goes to the upstream. */
  sent(): void;
  /** The head of the upstream's answer is here. */
  answered(status: number, headers: IncomingHttpHeaders): void;
  /** It is over. */
  ended(end: RequestEnd): void;
}

const nothing = (): void => undefined;

/** Where nobody watches. */
export const noopObserver: RequestObserver = {
  identified: nothing,
  admitted: nothing,
  routed: nothing,
  received: nothing,
  sent: nothing,
  answered: nothing,
  ended: nothing,
};

export interface RequestStart {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Of the answer until now, as they went over the wire. */
  readonly bytes: () => number;
}

export interface RequestEnd {
  /** Absent where nothing was answered. */
  readonly status: number | undefined;
  readonly outcome: "finished" | "left" | "cut";
  /** In milliseconds, from the request's head on. */
  readonly duration: number;
  /** Of the answer, as they went over the wire. */
  readonly bytes: number;
  /** The dotted code of an error of ours. */
  readonly code: string | undefined;
}

/** What a monitor may ask the proxy at any time. */
export interface ObservedProxy {
  readonly sessions: readonly ProxySession[];
  readonly url: string;
  /** Whether callers need a key. */
  readonly requiresKey: boolean;
  readonly queue: {
    readonly running: number;
    readonly waiting: number;
    readonly concurrency?: number | undefined;
  };
  readonly isClosing: boolean;
  /** In milliseconds since 1970. */
  pausedUntil(manager: TokenManager): number | undefined;
}

/** Watches a proxy, and answers for what it saw. `createMonitor` of `@tokenflow/proxy/monitor` makes one. */
export interface ProxyMonitor {
  /** Called once, when the proxy listens. */
  onListen(proxy: ObservedProxy): void;
  /** A request begins that is neither a probe nor for the monitor itself. */
  onRequest(request: RequestStart): RequestObserver;
  /** The paths that the monitor answers: `/`, `/metrics`, `/api/…`. */
  handles(path: string): boolean;
  /**
   * Those of them that want no key: the dashboard's page, which says nothing of the proxy. A browser that opens
   * an address can send no key with it, and the page must be there to read the one in the address.
   */
  isPublic(path: string): boolean;
  /** Answers one of them; where it wants a key, the caller's is checked by then. Rejects with an error of ours. */
  answer(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void>;
  /** Ends what would keep the proxy open: event streams. */
  close(): void;
}
