import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import {
  type Attempt,
  isTokenFlowError,
  needsSignIn,
  type Token,
  TokenFlowError,
  type TokenManager,
  type Upstream,
  withToken,
} from "@tokenflow/core";
import { connectionError, requireSafeUrl } from "@tokenflow/core/provider";
import type { Dispatcher } from "undici";
import { dialectOf, errorEvent } from "../answers/dialect.ts";
import { readError } from "../answers/error-response.ts";
import type { RequestObserver } from "../observe/request-observer.ts";
import { decodeBody } from "../routing/decode-body.ts";
import type { RequestBody } from "../routing/request-body.ts";
import { requireUpstream } from "../routing/upstream.ts";
import { allowedRequestHeaders, visibleRequestHeaders } from "./header-allowlist.ts";
import { startSignIn } from "./start-sign-in.ts";
import { type BufferedRejection, passThrough, type ResponseHead } from "./upstream-response.ts";

export interface ForwardOptions {
  readonly manager: TokenManager;
  readonly method: "GET" | "POST";
  /** Below the upstream's address. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whole, so that it can be sent a second time. */
  readonly body: RequestBody | undefined;
  /** After how much silence a stream is given a comment, in milliseconds; 0 for never. */
  readonly keepAlive: number;
  readonly signal: AbortSignal;
  readonly observer: Pick<RequestObserver, "sent" | "answered">;
}

/** How much of a compressed answer is looked at, decompressed. */
const LOOK_LIMIT = 1024 * 1024;

/**
 * Answers one request from the upstream of a session. A refusal of the token costs one redemption that all
 * requests share, and one more try; what comes then is the answer.
 */
export function forward(dispatcher: Dispatcher, options: ForwardOptions): Promise<void> {
  const attempt = prepareAttempts(dispatcher, options);
  return send(attempt, options).catch(async (error: unknown) => {
    if (!needsSignIn(error)) throw error;
    await startSignIn(options.manager, error, options.signal);
    await send(attempt, options);
  });
}

type AttemptAnswer = (token: Token) => Promise<Attempt<BufferedRejection | undefined>>;

/** What is the same for every try of a request. */
function prepareAttempts(
  dispatcher: Dispatcher,
  { manager, method, path, query, request, response, body, keepAlive, signal, observer }: ForwardOptions,
): AttemptAnswer {
  const upstream = requireUpstream(manager.provider);
  const headers: Record<string, string> = {
    ...allowedRequestHeaders(request.headers),
    ...upstream.headers({
      path,
      headers: visibleRequestHeaders(request.headers),
      ...(body ? { json: () => body.json() } : {}),
    }),
  };
  body?.forgetJson();
  // Where a model was changed, what is sent is no longer compressed.
  if (headers["content-encoding"] !== undefined && body && body.bytes === body.plain) {
    delete headers["content-encoding"];
  }

  return (token) => {
    const { origin, host, pathname } = addressOf(upstream, token);
    const explain = (error: unknown): TokenFlowError => interrupted(error, host, response.headersSent);
    headers["authorization"] = token.authorization;
    observer.sent();
    return passThrough(dispatcher, {
      request: {
        origin,
        path: pathname + path + query,
        method,
        headers,
        body: body?.bytes ?? null,
      },
      response,
      signal,
      mayRejectInStream: upstream.mayRejectInStream === true,
      onHead: observer.answered,
      isRefused: (beginning) => isRefused(upstream, beginning),
      describe: (error) => errorEvent(readError(explain(error)), dialectOf(request.url ?? "")),
      keepAlive,
    }).then(
      (answer) => ({ isTokenRejected: answer !== undefined, value: answer }),
      (error: unknown) => {
        throw signal.aborted ? error : explain(error);
      },
    );
  };
}

async function send(attempt: AttemptAnswer, { manager, signal }: ForwardOptions): Promise<void> {
  let tries = 0;
  const rejection = await withToken(
    manager,
    (token) => {
      tries += 1;
      return attempt(token);
    },
    { signal },
    (answer) => answer?.discard(),
  );
  if (!rejection) return;
  if (tries === 1) {
    // There was no other token to be had: why not tells the caller more than that this one ran out.
    await manager.getToken({ signal }).catch((error: unknown) => {
      rejection.discard();
      throw error;
    });
  }
  await rejection.replay();
}

async function isRefused(upstream: Upstream, { status, headers, bytes }: ResponseHead): Promise<boolean> {
  const body = await decodeBody(bytes, headers["content-encoding"], LOOK_LIMIT);
  return upstream.isTokenRejected({
    status,
    headers: toHeaders(headers),
    body: body?.toString("utf8") ?? "",
  });
}

/** Where a token may go, without a slash at its end. */
type Address = Pick<URL, "origin" | "host" | "pathname">;

/** What a token names is the same as long as it lives. */
const addresses = new WeakMap<Token, Address>();

/** Paths are plain by now, so that nothing in them could change the address they are appended to. */
function addressOf(upstream: Upstream, token: Token): Address {
  const known = addresses.get(token);
  if (known) return known;
  const { origin, host, pathname } = requireSafeUrl(upstream.address(token));
  const address = { origin, host, pathname: pathname.replace(/\/+$/, "") };
  addresses.set(token, address);
  return address;
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) result.append(name, one);
  }
  return result;
}

function interrupted(error: unknown, host: string, begun: boolean): TokenFlowError {
  if (isTokenFlowError(error)) return error;
  if (!begun) return connectionError(error, host);
  const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  return new TokenFlowError("provider.unavailable", `${host} broke off its answer${code}`, {
    hint: "What came so far is not the whole. Try again.",
  });
}
