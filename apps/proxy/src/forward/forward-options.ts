import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { TokenManager } from "@tokenflow/core";
import type { LearnedRefusals, Refusal } from "@tokenflow/core/provider";
import type { Dialect } from "../answers/dialect.ts";
import type { RequestBody } from "../body/request-body.ts";
import type { Unpacker } from "../body/unpack.ts";
import type { CallTranslation } from "../dialects/translate-call.ts";
import type { CallNotes } from "../observe/call-details.ts";
import type { RequestObserver } from "../observe/request-observer.ts";

export interface ForwardOptions {
  /** The request's id in the log. */
  readonly id: string;
  /** The shape in which the caller expects errors. `undefined` sends the upstream's as they are. */
  readonly dialect: Dialect | undefined;
  readonly manager: TokenManager;
  /** The name that the upstream receives, if the body names a model. */
  readonly model: string | undefined;
  readonly method: "GET" | "POST";
  /** The path below the upstream's URL. */
  readonly path: string;
  /** Includes the `?`, or is empty. */
  readonly query: string;
  /** The name of the caller's key. */
  readonly caller: string | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The whole body, so that a retry can send it again. */
  readonly body: RequestBody | undefined;
  readonly unpacker: Unpacker;
  /** How long a stream may be silent before it gets a comment, in milliseconds; 0 turns comments off. */
  readonly keepAlive: number;
  readonly signal: AbortSignal;
  /** Parts that the upstream is known to refuse. */
  readonly learned: LearnedRefusals;
  readonly notes: CallNotes;
  /** Returns the headers of the request's trace. Called after `observer.sent`. Absent if the upstream gets none. */
  readonly traceHeaders: (() => Readonly<Record<string, string>>) | undefined;
  /** Set if the body is in another dialect than the caller's. */
  readonly translation?: Pick<CallTranslation, "headers" | "repair"> | undefined;
  readonly observer: ForwardObserver;
}

export interface ForwardObserver extends Pick<RequestObserver, "sent" | "answered"> {
  /** The upstream refused the request, not its token. */
  refused(status: number, headers: IncomingHttpHeaders, refusal: Refusal | undefined): void;
  /** The upstream does not know these parts, and has accepted a request without them. Called once for each. */
  learned(host: string, parts: readonly string[]): void;
}
