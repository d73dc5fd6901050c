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
import {
  connectionError,
  requireSafeUrl,
  systemCode,
  type UpstreamAnswer,
  withoutTrailingSlash,
} from "@tokenflow/core/provider";
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
  /** The path below the upstream's URL. */
  readonly path: string;
  /** Includes the `?`, or is empty. */
  readonly query: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The whole body, so that a retry can send it again. */
  readonly body: RequestBody | undefined;
  /** How long a stream may be silent before it gets a comment, in milliseconds; 0 turns comments off. */
  readonly keepAlive: number;
  readonly signal: AbortSignal;
  readonly observer: Pick<RequestObserver, "sent" | "answered">;
}

/** The most bytes that a compressed response is inflated to for inspection. */
const INSPECT_LIMIT = 1024 * 1024;

/**
 * Forwards one request to a session's upstream and its response to the caller. After a rejected token it retries
 * once with a new one, redeemed once for all requests. The caller gets the second response in any case.
 */
export function forward(dispatcher: Dispatcher, options: ForwardOptions): Promise<void> {
  const attempt = prepareAttempts(dispatcher, options);
  return send(attempt, options).catch(async (error: unknown) => {
    if (!needsSignIn(error)) throw error;
    await startSignIn(options.manager, error, options.signal);
    await send(attempt, options);
  });
}

type SendAttempt = (token: Token) => Promise<Attempt<BufferedRejection | undefined>>;

/** Prepares what all attempts of a request share. */
function prepareAttempts(
  dispatcher: Dispatcher,
  { manager, method, path, query, request, response, body, keepAlive, signal, observer }: ForwardOptions,
): SendAttempt {
  const upstream = requireUpstream(manager.provider);
  const allowed = allowedRequestHeaders(request.headers);
  // A body whose model was replaced is no longer compressed.
  if (allowed["content-encoding"] !== undefined && body && body.bytes === body.plain) {
    delete allowed["content-encoding"];
  }
  const visible = {
    path,
    headers: visibleRequestHeaders(request.headers),
    ...(body ? { json: () => body.json() } : {}),
  };

  return (token) => {
    const { origin, host, pathname } = upstreamUrl(upstream, token);
    const headers: Record<string, string> = { ...allowed, ...upstream.headers(visible, token) };
    body?.forgetJson();
    let answer: UpstreamAnswer | undefined;
    const explain = (error: unknown): TokenFlowError => toUpstreamError(error, host, response.headersSent);
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
      isTokenRejected: async (head) => {
        answer = await readAnswer(head, token);
        return upstream.isTokenRejected(answer);
      },
      formatError: (error) => errorEvent(readError(explain(error)), dialectOf(request.url ?? "")),
      keepAlive,
    }).then(
      (rejection) => ({ isTokenRejected: rejection !== undefined, answer, value: rejection }),
      (error: unknown) => {
        throw signal.aborted ? error : explain(error);
      },
    );
  };
}

async function send(attempt: SendAttempt, { manager, signal }: ForwardOptions): Promise<void> {
  let attempts = 0;
  const rejection = await withToken(
    manager,
    (token) => {
      attempts += 1;
      return attempt(token);
    },
    { signal },
    (rejected) => rejected?.discard(),
  );
  if (!rejection) return;
  if (attempts === 1) {
    // There is no new token. The reason for that helps the caller more than the upstream's rejection.
    await manager.getToken({ signal }).catch((error: unknown) => {
      rejection.discard();
      throw error;
    });
  }
  await rejection.replay();
}

async function readAnswer({ status, headers, bytes }: ResponseHead, token: Token): Promise<UpstreamAnswer> {
  const body = await decodeBody(bytes, headers["content-encoding"], INSPECT_LIMIT);
  return { status, headers: toHeaders(headers), body: body?.toString("utf8") ?? "", token };
}

/** The URL that a token may be sent to, without a trailing slash. */
type UpstreamUrl = Pick<URL, "origin" | "host" | "pathname">;

/** The URL of a token never changes, so it is validated once. */
const urls = new WeakMap<Token, UpstreamUrl>();

/** A route's path contains only plain segments, so appending it cannot change the host. */
function upstreamUrl(upstream: Upstream, token: Token): UpstreamUrl {
  const cached = urls.get(token);
  if (cached) return cached;
  const { origin, host, pathname } = requireSafeUrl(upstream.address(token));
  const url = { origin, host, pathname: withoutTrailingSlash(pathname) };
  urls.set(token, url);
  return url;
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) result.append(name, one);
  }
  return result;
}

function toUpstreamError(error: unknown, host: string, headersSent: boolean): TokenFlowError {
  if (isTokenFlowError(error)) return error;
  if (!headersSent) return connectionError(error, host);
  const code = systemCode(error);
  const message = `The response from ${host} was interrupted${code === undefined ? "" : ` (${code})`}`;
  return new TokenFlowError("provider.unavailable", message, {
    hint: "The response is incomplete. Try again.",
  });
}
