import { type Clock, Token } from "@tokenflow/core";
import { createHttp, serviceDueAge, systemClock } from "@tokenflow/core/provider";
import { createCopilotGrant, readGrant, requireExchangeable } from "../service/grant.ts";
import { type CopilotHostOptions, resolveHosts } from "../service/hosts.ts";
import { type CopilotIdentityOptions, createIdentity } from "../service/identity.ts";
import { exchange, requireAlive } from "./exchange.ts";

export interface ExchangeOptions extends CopilotHostOptions, CopilotIdentityOptions {
  /** Sends the requests. @default the platform's `fetch` @example undiciFetch */
  readonly fetch?: typeof fetch | undefined;
  /** Tells the time. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
  /** Aborts the exchange. @default none @example AbortSignal.timeout(10_000) */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Exchanges a GitHub token for a Copilot token: one request, without state, store or retry. For a session that
 * stays fresh, use a token manager with `createCopilotProvider`.
 * @throws `session.revoked` for a bad credential, `provider.no_entitlement` without a plan or seat,
 * `provider.client_not_allowed` if the token's app may not use Copilot, `provider.forbidden` if the account may
 * not, `provider.rate_limited`, `provider.unavailable`, `provider.malformed`, `provider.misconfigured`
 */
export async function exchangeGitHubToken(
  githubToken: string,
  options: ExchangeOptions = {},
): Promise<Token> {
  const { fetch, clock = systemClock, signal } = options;
  const grant = readGrant(createCopilotGrant(githubToken));
  requireExchangeable(grant.githubToken);
  const call = { http: createHttp({ fetch, clock }), clock, signal };
  const issuedAt = clock.now();
  const exchanged = await exchange(grant.githubToken, resolveHosts(options), createIdentity(options), call);
  if ("error" in exchanged) throw exchanged.error;
  const redeemed = exchanged.token;
  const lifetime = requireAlive(redeemed);
  const { accessToken, tokenType, dueIn, details } = redeemed;
  const due = serviceDueAge(lifetime, dueIn);
  return new Token({
    accessToken,
    tokenType,
    issuedAt,
    expiresAt: issuedAt + lifetime,
    dueAt: due === undefined ? undefined : issuedAt + due,
    details,
  });
}
