import { isTokenFlowError, needsSignIn, type Token, type TokenManager } from "@tokenflow/core";
import { connectionError } from "@tokenflow/core/provider";
import { type McpProvider, movedWithin, needsMoreScope } from "@tokenflow/mcp/client";
import { inOptions } from "../cli/option-names.ts";

/** The outcome of one request to the server. */
export type Sent =
  | { readonly status: "answered"; readonly response: Response }
  /** A person must sign in, or allow more. The request was not carried out. */
  | { readonly status: "sign_in" }
  | { readonly status: "failed"; readonly message: string };

export interface ServerRequest {
  readonly method: "POST" | "GET" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  /** @default the server's address */
  readonly url?: string | undefined;
}

/** Sends requests to the server with the session's token, and without one while nobody has signed in. */
export type SendToServer = (request: ServerRequest) => Promise<Sent>;

export interface ServerOptions {
  readonly provider: McpProvider;
  readonly manager: TokenManager;
  readonly fetch?: typeof fetch | undefined;
  /** Called with a sentence when the server refuses a token that was just issued, and with nothing when it accepts one. */
  readonly onNewTokenRefused?: ((why: string | undefined) => void) | undefined;
}

const ENDS_EARLY = "Each may have ended on its way. Try again, and check this machine's clock";
/** How many tokens one request is tried with. Those beyond the second must have ended on their way. */
const MAX_TRIES = 4;
const MAX_REDIRECTS = 5;
const WRONG_RESOURCE =
  "If it does so after another sign-in, its tokens are for another address: ask its administrators";

export function createServer({
  provider,
  manager,
  fetch = globalThis.fetch,
  onNewTokenRefused,
}: ServerOptions): SendToServer {
  const { host } = new URL(provider.url);

  const readToken = async (signal: AbortSignal): Promise<Token | undefined> => {
    try {
      return await manager.getToken({ signal });
    } catch (error) {
      // Without its client a session brings no other token, and a sign-in brings another client.
      const isClientRefused = isTokenFlowError(error) && error.reason === "invalid_client";
      if (needsSignIn(error) || isClientRefused) return undefined;
      throw error;
    }
  };

  /** Follows redirects within the server's origin. A token must not follow to another one. */
  const request = async (address: string, init: RequestInit): Promise<Response> => {
    let url = address;
    for (let redirects = 0; ; redirects += 1) {
      const response = await fetch(url, { ...init, redirect: "manual" });
      const moved = redirects < MAX_REDIRECTS ? movedWithin(url, response) : undefined;
      if (moved === undefined) return response;
      await response.body?.cancel().catch(() => undefined);
      url = moved;
    }
  };

  return async ({ method, headers, body, signal, url = provider.url }) => {
    try {
      for (let tries = 1; ; tries += 1) {
        const token = await readToken(signal);
        if (tries > 1 && !token) return { status: "sign_in" };
        const response = await request(url, {
          method,
          headers: { ...headers, ...(token ? { authorization: token.authorization } : {}) },
          body: body ?? null,
          signal,
        });
        const { status } = response;
        if (status === 401) {
          provider.learn(response);
          await response.body?.cancel().catch(() => undefined);
          if (token) manager.reject(token, { status, headers: response.headers, body: "", token });
          // It was refused before anything was done, so that it may be sent with a new token.
          if (token && (tries === 1 || mayHaveEnded(token))) {
            if (tries < MAX_TRIES) continue;
            return {
              status: "failed",
              message: `${host} refused ${MAX_TRIES} tokens in a row. ${ENDS_EARLY}`,
            };
          }
          if (token) onNewTokenRefused?.(`${host} refused a token that was just issued. ${WRONG_RESOURCE}`);
          return { status: "sign_in" };
        }
        if (needsMoreScope(status, response.headers)) {
          provider.learn(response);
          await response.body?.cancel().catch(() => undefined);
          return { status: "sign_in" };
        }
        if (status >= 300 && status < 400) {
          await response.body?.cancel().catch(() => undefined);
          return { status: "failed", message: redirectError(response, url) };
        }
        onNewTokenRefused?.(undefined);
        return { status: "answered", response };
      }
    } catch (error) {
      if (signal.aborted) throw error;
      if (isTokenFlowError(error)) return { status: "failed", message: sentence(error) };
      return { status: "failed", message: sentence(connectionError(error, host)) };
    }
  };
}

/**
 * Returns true if the token may have ended before it arrived, which says nothing of the sign-in: half of its life is
 * over, and the server may count in whole seconds or have another clock.
 */
function mayHaveEnded({ issuedAt, expiresAt }: Token): boolean {
  return expiresAt !== undefined && Date.now() - issuedAt >= (expiresAt - issuedAt) / 2;
}

function redirectError({ headers }: Response, url: string): string {
  const target = URL.parse(headers.get("location") ?? "", url);
  const to = target ? `${target.origin}${target.pathname}` : "another address";
  return `${new URL(url).host} redirects to ${to}, which gets no token. If that is the server, use its address`;
}

function sentence({
  message,
  hint,
}: {
  readonly message: string;
  readonly hint?: string | undefined;
}): string {
  return hint === undefined ? message : `${message}. ${inOptions(hint)}`;
}
