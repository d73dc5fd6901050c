import type { CallDetails } from "./call-details.ts";

/**
 * A log entry as plain data: no bodies, no queries, no header values, no secrets.
 * `finished` is a complete response, `left` a caller that disconnected, `cut` an upstream that failed midway.
 */
export type ProxyLogEntry =
  | (CallDetails & {
      readonly type: "request";
      /** Unique across all processes. */
      readonly id: string;
      readonly method: string;
      readonly path: string;
      /** Absent if no response was sent. */
      readonly status?: number | undefined;
      readonly outcome: "finished" | "left" | "cut";
      /** From the request's headers to the end of the response, in milliseconds. */
      readonly duration: number;
      /** The name of the caller's key. */
      readonly key?: string | undefined;
      /** The code of an error of the proxy itself. */
      readonly code?: string | undefined;
    })
  /** The upstream refuses these parts of requests. For an hour they are taken away before a request is sent. */
  | { readonly type: "learned"; readonly host: string; readonly parts: readonly string[] }
  /** A bug in the proxy, worth a report. */
  | { readonly type: "failure"; readonly id: string; readonly error: unknown };
