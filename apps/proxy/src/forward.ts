import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import {
  isTokenFlowError,
  requireSafeUrl,
  type Token,
  TokenFlowError,
  type TokenManager,
  type Upstream,
  withToken,
} from "@tokenflow/core";
import type { Dispatcher } from "undici";
import { crossingRequestHeaders, visibleRequestHeaders } from "./crossing-headers.ts";
import { decodeBody } from "./decode-body.ts";
import { type ErrorBeginning, passThrough } from "./pass-through.ts";
import { requireSignIn } from "./require-sign-in.ts";
import { upstreamOf } from "./upstream-of.ts";

export interface ForwardOptions {
  readonly manager: TokenManager;
  /** Below the upstream's base. */
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whole, so that it can be sent a second time. */
  readonly body: Buffer | undefined;
  readonly bodyLimit: number;
  readonly signal: AbortSignal;
}

/** How much of a compressed error is looked at, decompressed. */
const ERROR_LIMIT = 1024 * 1024;

/**
 * Answers one request from the upstream of a session. A refusal of the token costs one redemption that all
 * requests share, and one more try; what comes then is the answer.
 */
export async function forward(dispatcher: Dispatcher, options: ForwardOptions): Promise<void> {
  const { manager, path, request, response, body, bodyLimit, signal } = options;
  const upstream = upstreamOf(manager.provider);
  const text = body && (await decodeBody(body, request.headers["content-encoding"], bodyLimit));
  const headers = {
    ...crossingRequestHeaders(request.headers),
    ...upstream.headers({
      path,
      headers: visibleRequestHeaders(request.headers),
      ...(text === undefined ? {} : { body: text }),
    }),
  };

  const send = async (): Promise<void> => {
    let tries = 0;
    const refused = await withToken(
      manager,
      async (token) => {
        tries += 1;
        const { origin, pathname } = addressOf(upstream, token, path);
        try {
          const answer = await passThrough(dispatcher, {
            request: {
              origin,
              path: pathname,
              method: body ? "POST" : "GET",
              headers: { ...headers, authorization: token.authorization },
              body: body ?? null,
            },
            response,
            signal,
            isRefused: (beginning) => isRefused(upstream, beginning),
          });
          return { refused: answer !== undefined, value: answer };
        } catch (error) {
          throw signal.aborted ? error : unreachable(error, origin);
        }
      },
      { signal },
      (answer) => answer?.drop(),
    );
    if (!refused) return;
    if (tries === 1) {
      // There was no other token to be had: why not tells the caller more than that this one ran out.
      await manager.getToken({ signal }).catch((error: unknown) => {
        refused.drop();
        throw error;
      });
    }
    await refused.forward();
  };

  try {
    await send();
  } catch (error) {
    const needsPerson =
      isTokenFlowError(error, "session.signed_out") || isTokenFlowError(error, "session.revoked");
    if (!needsPerson) throw error;
    await requireSignIn(manager, error, signal);
    await send();
  }
}

async function isRefused(upstream: Upstream, { status, headers, bytes }: ErrorBeginning): Promise<boolean> {
  const body = (await decodeBody(bytes, headers["content-encoding"], ERROR_LIMIT)) ?? "";
  return upstream.refused({ status, headers: toHeaders(headers), body });
}

function addressOf(upstream: Upstream, token: Token, path: string): URL {
  return requireSafeUrl(upstream.address(token).replace(/\/+$/, "") + path);
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) result.append(name, one);
  }
  return result;
}

function unreachable(error: unknown, origin: string): TokenFlowError {
  if (isTokenFlowError(error)) return error;
  const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  return new TokenFlowError("provider.unavailable", `No answer from ${new URL(origin).host}${code}`, {
    hint: "Check the network, then try again.",
  });
}
