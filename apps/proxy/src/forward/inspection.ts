import type { IncomingHttpHeaders } from "node:http";

/** The start of a response that may refuse the request or its token. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** True if the body has ended. */
  readonly isComplete: boolean;
}

/** A response whose start is held until it has been looked at. */
export interface BufferedResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly isStream: boolean;
  readonly chunks: Buffer[];
  readonly timer: ReturnType<typeof setTimeout>;
  size: number;
  inspected: boolean;
}

/** The decision about a response that was looked at. */
export interface Inspection<Verdict> {
  /** `undefined` sends the response to the caller. */
  readonly verdict: Verdict | undefined;
  /** The headers to send in place of the upstream's. */
  readonly headers?: IncomingHttpHeaders | undefined;
  /** The body to send in place of the upstream's, if that has ended. */
  readonly body?: Buffer | undefined;
}

/** A buffered response that refuses the request. Call `replay` or `discard`. */
export interface BufferedRefusal<Verdict> {
  readonly verdict: Verdict;
  /** Sends it to the caller. */
  replay(): Promise<void>;
  discard(): void;
}
