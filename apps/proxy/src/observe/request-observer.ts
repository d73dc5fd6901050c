import type { IncomingHttpHeaders } from "node:http";
import type { TokenManager } from "@tokenflow/core";
import type { CallDetails } from "./call-details.ts";

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
  readonly details: CallDetails;
}
