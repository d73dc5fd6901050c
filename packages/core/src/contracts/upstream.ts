import type { JsonValue } from "../base/json.ts";
import type { Token } from "../token/token.ts";
import type { Call } from "./call.ts";
import type { Session } from "./session.ts";

/** The API that a token opens: its addresses, its headers, and how it rejects a token. */
export interface Upstream {
  /** The base URL for SDKs in OpenAI's style, to which they append `/chat/completions`. @example "https://api.acme.example/v1" */
  readonly baseUrl: string;
  /**
   * Returns the URL that replaces `baseUrl` for this token. The token is sent nowhere else.
   * @throws `provider.malformed` if the token names an address that is not one of the service's
   */
  address(token: Token): string;
  /**
   * Returns the headers that the API needs besides `Authorization`.
   * @param token the token that the request will carry, if the caller knows it
   */
  headers(request: UpstreamRequest, token?: Token): Record<string, string>;
  /**
   * The callers' headers that `headers` reads and that are not sent on, in lower case: they may tell the service more
   * than it needs.
   * @default none
   * @example ["session-id"]
   */
  readonly replaces?: readonly string[] | undefined;
  /**
   * Returns true if the API no longer accepts the token, as opposed to "you are not allowed". Core then redeems the
   * grant again, and passes the answer to the provider.
   */
  isTokenRejected(answer: UpstreamAnswer): boolean;
  /** Set if the first event of a stream with status 200 may also reject the token. It is waited for, for a second at most. @default undefined */
  readonly mayRejectInStream?: true | undefined;
  /**
   * Explains a refusal other than that of a token. A proxy uses it to repair the request, to pause no more than the
   * service does, and to say what the person can do.
   * @default the refusal is passed on, and a 429 counts for the whole session
   * @example ({ status }) => (status === 429 ? { limited: "model" } : undefined)
   */
  readRefusal?(answer: UpstreamAnswer): Refusal | undefined;
  /**
   * The known paths below `/v1` that it serves, each with its path below the address.
   * @default all of them, unchanged
   * @example { "/chat/completions": "/openai/chat/completions" }
   */
  readonly paths?: Readonly<Record<string, string>> | undefined;
  /**
   * Repairs answers that clients of the API's dialect cannot read. Called before a request is sent. Returns `undefined`
   * if its answer passes byte for byte; otherwise a function that decides by the head of the answer.
   * @default every answer passes byte for byte
   */
  repairAnswer?(request: UpstreamRequest): ((head: AnswerHead) => AnswerRepair | undefined) | undefined;
  /** Lists the models that this account may use. */
  models?(token: Token, call: Call): Promise<readonly Model[]>;
  /** Reads the plan and the quotas. It may send the grant, but only to the service's authorization hosts. */
  usage?(session: Session, call: Call): Promise<Usage>;
}

export interface UpstreamRequest {
  /** The path below the base URL. @example "/chat/completions" */
  readonly path: string;
  /** The caller's headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Tells callers apart that share a session, as the name of a proxy's key does. It is not for the service. */
  readonly caller?: string | undefined;
  /**
   * Returns what the body says, `undefined` if it is not JSON. Absent if there is no text body. It may be an outline,
   * since a proxy does not build a caller's document: an object with the members that are short text, and of
   * `messages` or `input` the last item that is no note of the system, and one with an image: its `role`, its `type`,
   * and of its parts the `type`, and the `text` if it begins with a tag.
   */
  readonly json?: (() => JsonValue | undefined) | undefined;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The beginning of the body, long enough to recognize an error. */
  readonly body: string;
  /** The token that the request carried, if the caller knows it. */
  readonly token?: Token | undefined;
}

/** The meaning of a refused request. */
export interface Refusal {
  /**
   * Values in a list of a header that the API does not know, by the header's name. The request may be sent again without
   * them.
   * @example { "anthropic-beta": ["context-1m-2025-08-07"] }
   */
  readonly headerValues?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Members of the body that the API does not know, as the path that it named. A path may also name the type of a
   * union, which is no member. The request may be sent again without them.
   * @example [["tools", "0", "custom", "strict"]]
   */
  readonly members?: readonly (readonly string[])[] | undefined;
  /**
   * Members of the body that the API has under another name, by the caller's name. The request may be sent again with
   * the same value under that name.
   * @example { max_tokens: "max_completion_tokens" }
   */
  readonly renamed?: Readonly<Record<string, string>> | undefined;
  /**
   * True if the API does not know a model by this name. The request may be sent again with the name that the catalog has.
   * @default undefined
   */
  readonly isModelUnknown?: boolean | undefined;
  /** The scope of a rate limit: `model` leaves the other models usable. @default "session" @example "model" */
  readonly limited?: "model" | "session" | undefined;
  /** A sentence that replaces the service's own for the caller: what is not supported, then what to do. */
  readonly message?: string | undefined;
}

export type AnswerHead = Pick<UpstreamAnswer, "status" | "headers">;

/** The repair of one answer. What it returns unchanged passes byte for byte. */
export interface AnswerRepair {
  /**
   * Repairs the data of one event of a stream. Returns the same text, another one, or events that take its place, as
   * none does that is held until a later event. An event of more than 8 MiB passes unseen.
   */
  readonly event?: ((data: string) => string | readonly RepairedEvent[]) | undefined;
  /**
   * A text that every event has which needs a repair, or several of which it has one. Chunks without it pass unread;
   * with `isDone`, once that is true.
   * @default every event is repaired
   * @example '"error"'
   */
  readonly only?: string | readonly string[] | undefined;
  /**
   * Returns true once no later event of the stream needs a repair, except those with `only`. The rest then passes unread.
   * @default every event is repaired
   */
  readonly isDone?: (() => boolean) | undefined;
  /** Returns the events that a stream lacks at its end. Not called if the connection broke. @default none */
  readonly end?: (() => readonly RepairedEvent[]) | undefined;
  /** Repairs a whole body. It is read to its end first; one of more than 64 MiB fails. */
  readonly body?: ((text: string) => string) | undefined;
  /** The media type of the repaired body. @default that of the answer @example "application/json" */
  readonly contentType?: string | undefined;
}

/** An event that takes the place of another one. With neither `event` nor `data` it is a comment. */
export interface RepairedEvent {
  /** @default no name */
  readonly event?: string | undefined;
  /** @default no data */
  readonly data?: string | undefined;
  /** @default no comment */
  readonly comment?: string | undefined;
}

export interface Model {
  readonly id: string;
  readonly name?: string | undefined;
  readonly vendor?: string | undefined;
  /** The paths that serve this model, if the catalog lists them. @example ["/chat/completions"] */
  readonly endpoints?: readonly string[] | undefined;
  /** The kind of model, in the service's word. @example "embeddings" */
  readonly kind?: string | undefined;
  /** The maximum number of tokens in a request and its answer together. @example 200_000 */
  readonly contextWindow?: number | undefined;
  /** The maximum number of tokens in an answer. @example 16_000 */
  readonly maxOutput?: number | undefined;
  /** True if it reasons before it answers. Absent if the catalog does not tell. */
  readonly reasoning?: boolean | undefined;
  /** False if the account may not use it now, for example because the person has not accepted its terms. */
  readonly enabled?: boolean | undefined;
}

export interface Usage {
  readonly plan?: string | undefined;
  /** When the quotas reset, in milliseconds since 1970. */
  readonly resetsAt?: number | undefined;
  readonly quotas: readonly Quota[];
}

export interface Quota {
  readonly name: string;
  /** The full amount. Absent if the service does not tell it, for example for a balance. */
  readonly limit?: number | undefined;
  /** The remaining amount, negative if overdrawn. Absent if unlimited. */
  readonly remaining?: number | undefined;
  /** The amount used so far, if the service tells it. */
  readonly used?: number | undefined;
  /** The thing that is counted. @example "credits" */
  readonly unit?: string | undefined;
  readonly details?: Readonly<Record<string, JsonValue>> | undefined;
}
