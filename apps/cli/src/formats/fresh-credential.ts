import type { SessionName, SessionStoreContext } from "@tokenflow/common";
import {
  type GetTokenOptions,
  isTokenFlowError,
  type Token,
  TokenFlowError,
  type TokenManager,
} from "@tokenflow/core";
import { readJwtClaims } from "@tokenflow/core/provider";
import { tokenForScripts } from "../session/token-for-scripts.ts";
import { apiOf, type Credential, credentialOf } from "./credential.ts";
import { usernameFor } from "./server.ts";

export interface FreshCredentialOptions extends GetTokenOptions {
  /** True for the ID token in the place of the access token. */
  readonly idToken: boolean;
  /** The origins that are known without a token. They count for a declared provider. */
  readonly origins: readonly string[];
  onStale(reason: Error): void;
}

/** Returns the fresh secret of a session, with the addresses that it is for. */
export async function freshCredential(
  manager: TokenManager,
  { provider, account }: SessionName,
  { config }: Pick<SessionStoreContext, "config">,
  { idToken, origins: known, onStale, ...options }: FreshCredentialOptions,
): Promise<{ readonly credential: Credential; readonly token: Token }> {
  const token = idToken
    ? await tokenWithId(manager, options, onStale)
    : await tokenForScripts(manager, options, onStale);
  const declaration = Object.hasOwn(config.providers, provider) ? config.providers[provider] : undefined;
  // A provider that nobody declared has one API, and each token names its own address.
  const api = apiOf(token, manager.provider.upstream, declaration ? known : []);
  const username = usernameFor(api.origins[0], declaration);
  const credential = credentialOf(token, { ...api, provider, account, username });
  if (!idToken) return { credential, token };
  const { secret, expiresAt } = readIdToken(token) ?? {};
  return { credential: { ...credential, secret: secret ?? "", scheme: "Bearer", expiresAt }, token };
}

interface IdToken {
  readonly secret: string;
  readonly expiresAt: number;
  /** From here on it is refreshed: a tenth of its lifetime before its end, at least 30 s, at most half. */
  readonly dueAt: number;
}

const MIN_BUFFER = 30_000;

/** A service that gave no ID token just now is not asked again at once. */
const MIN_REFRESH_INTERVAL = 30_000;

function readIdToken({ idToken }: Token): IdToken | undefined {
  const { exp, iat } = readJwtClaims(idToken);
  if (idToken === undefined || typeof exp !== "number") return undefined;
  const expiresAt = exp * 1000;
  const lifetime = typeof iat === "number" && iat < exp ? expiresAt - iat * 1000 : 2 * MIN_BUFFER;
  return {
    secret: idToken,
    expiresAt,
    dueAt: expiresAt - Math.min(Math.max(lifetime / 10, MIN_BUFFER), lifetime / 2),
  };
}

/**
 * Returns a token whose ID token is fresh. An ID token has its own end, which may come before that of its access token.
 * @throws `provider.misconfigured` if no ID token is kept; `provider.malformed` if the service issues no new one
 */
async function tokenWithId(
  manager: TokenManager,
  { minValidity = 0, forceRefresh, signal }: GetTokenOptions,
  onStale: (reason: Error) => void,
): Promise<Token> {
  const token = await tokenForScripts(manager, { forceRefresh, signal }, onStale);
  const { name, id } = manager.provider;
  const held = readIdToken(token);
  if (!held && token.idToken !== undefined) {
    throw new TokenFlowError("provider.malformed", `${name} issues ID tokens without an end (exp)`, {
      hint: "Nobody can tell if one is still valid. Ask the service's administrators.",
    });
  }
  const now = Date.now();
  if (held && now < held.dueAt && held.expiresAt - now >= minValidity) return token;
  const isAlive = held !== undefined && now < held.expiresAt;
  let failure: Error | undefined;
  try {
    const isRecent = now - token.issuedAt < MIN_REFRESH_INTERVAL;
    const next = isRecent ? token : await manager.getToken({ forceRefresh: true, signal });
    const renewed = readIdToken(next);
    if (renewed && renewed.expiresAt > Date.now()) return next;
  } catch (error) {
    if (!isTokenFlowError(error) || !isAlive) throw error;
    failure = error;
  }
  if (isAlive) {
    if (failure) onStale(failure);
    return token;
  }
  if (token.idToken === undefined) {
    throw new TokenFlowError("provider.misconfigured", `The session of ${name} holds no ID token`, {
      hint: `Sign in with it: tokenflow login ${id} --id-token`,
    });
  }
  throw new TokenFlowError("provider.malformed", `${name} issued no new ID token with the refresh`, {
    hint: `Sign in again: tokenflow login ${id} --id-token`,
  });
}
