import type { JsonValue } from "../base/json.ts";
import type { Token } from "../token/token.ts";
import type { Call } from "./call.ts";
import type { Session } from "./session.ts";

/** The API that a token opens: its addresses, its headers, and its way of refusing a token. */
export interface Upstream {
  /** Where SDKs are pointed; the OpenAI-shaped base, to which `/chat/completions` is appended. */
  readonly baseUrl: string;
  /**
   * Where this token may go, in place of `baseUrl`; the token is sent nowhere else.
   * @throws `provider.malformed` where the token names a place that is not on the service's list
   */
  address(token: Token): string;
  /** What the API wants besides `Authorization`. */
  headers(request: UpstreamRequest): Record<string, string>;
  /** "This token is no longer good", as against "you are not allowed". */
  isTokenRejected(answer: UpstreamAnswer): boolean;
  /** A token may also be refused by the first event of a stream that began with 200. */
  readonly mayRejectInStream?: true | undefined;
  /**
   * Which of the usual paths below `/v1` it serves (`/chat/completions`, `/messages`), and where each lies below
   * the address. @default all of them, as they stand
   */
  readonly paths?: Readonly<Record<string, string>> | undefined;
  models?(token: Token, call: Call): Promise<readonly Model[]>;
  /** May use the grant, at the service's authorization hosts only. */
  usage?(session: Session, call: Call): Promise<Usage>;
}

export interface UpstreamRequest {
  /** Below the base: `/chat/completions`. */
  readonly path: string;
  /** What the caller sent, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the body says; `undefined` where it is no JSON. Absent without a body that is text. */
  readonly json?: (() => JsonValue | undefined) | undefined;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The beginning of the body; enough to recognise an error. */
  readonly body: string;
}

export interface Model {
  readonly id: string;
  readonly name?: string | undefined;
  readonly vendor?: string | undefined;
  /** The paths that serve this model (`/chat/completions`), where the catalogue says so. */
  readonly endpoints?: readonly string[] | undefined;
  /** What it is for, in the service's word: `chat`, `embeddings`, `completion`, … */
  readonly kind?: string | undefined;
  /** How many tokens a request and its answer may have together. */
  readonly contextWindow?: number | undefined;
  /** How many tokens an answer may have. */
  readonly maxOutput?: number | undefined;
  /** Whether it thinks before it answers. Absent if the catalogue does not say. */
  readonly reasoning?: boolean | undefined;
  /** Whether the account may use it now: `false` where the person has not accepted its terms, or may not. */
  readonly enabled?: boolean | undefined;
}

export interface Usage {
  readonly plan?: string | undefined;
  /** When the quotas start anew, in milliseconds since 1970. */
  readonly resetsAt?: number | undefined;
  readonly quotas: readonly Quota[];
}

export interface Quota {
  readonly name: string;
  /** What there was at the beginning; absent where that is not told, as of a balance. */
  readonly limit?: number | undefined;
  /** What is left, less than nothing where it is overdrawn; absent where unlimited. */
  readonly remaining?: number | undefined;
  readonly unit?: string | undefined;
  readonly details?: Readonly<Record<string, JsonValue>> | undefined;
}
