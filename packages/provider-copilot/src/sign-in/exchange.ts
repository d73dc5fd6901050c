import { TokenFlowError } from "@tokenflow/core";
import { asObject, type Call, type HttpAnswer, type RedeemedToken } from "@tokenflow/core/provider";
import type { CopilotHosts } from "../service/hosts.ts";
import type { Identity } from "../service/identity.ts";
import { readDetails, readEnvelope } from "../wire/envelope.ts";
import { readFailure } from "../wire/failure.ts";
import { exchangeError } from "./exchange-error.ts";

const API_VERSION = "2025-04-01";

/** Sends a request to one of GitHub's internal endpoints for Copilot. */
export function askCopilot(
  endpoint: "user" | "v2/token",
  githubToken: string,
  { githubApiUrl }: CopilotHosts,
  { authentication }: Identity,
  { http, signal }: Call,
): Promise<HttpAnswer> {
  return http({
    method: "GET",
    url: `${githubApiUrl}/copilot_internal/${endpoint}`,
    headers: {
      ...authentication,
      authorization: `Bearer ${githubToken}`,
      "x-github-api-version": API_VERSION,
    },
    signal,
  });
}

/**
 * Exchanges a GitHub token for a Copilot token, in one request. The GitHub token stays valid.
 * @throws `session.revoked`, `provider.no_entitlement`, `provider.client_not_allowed`, `provider.forbidden`, `provider.rate_limited`, `provider.unavailable`, `provider.malformed`
 */
export async function exchange(
  githubToken: string,
  hosts: CopilotHosts,
  identity: Identity,
  call: Call,
): Promise<RedeemedToken> {
  const answer = await askCopilot("v2/token", githubToken, hosts, identity, call);
  const now = call.clock.now();
  const token = readEnvelope(answer, now);
  if (!token) throw exchangeError(answer, now);
  return { ...token, details: { ...token.details, host: hosts.host } };
}

/**
 * Sends direct mode's one request, which says whether the GitHub token is good and which address it belongs to. This
 * endpoint accepts more apps than the exchange. If it answers a plain 403 or 404, the API itself decides.
 * @param expiresAt the end of the GitHub token, if it has one
 */
export async function probe(
  { githubToken, expiresAt }: { readonly githubToken: string; readonly expiresAt?: number | undefined },
  hosts: CopilotHosts,
  identity: Identity,
  call: Call,
): Promise<RedeemedToken> {
  const answer = await askCopilot("user", githubToken, hosts, identity, call);
  const now = call.clock.now();
  const lifetime = expiresAt === undefined ? "none" : expiresAt - now;
  const isKnown = answer.status === 200 && Object.keys(asObject(answer.json)).length > 0;
  if (!isKnown || readFailure(answer).shape === "notice") {
    const error = exchangeError(answer, now);
    const undecided =
      readFailure(answer).shape === "standard" &&
      (error.code === "provider.forbidden" || error.code === "provider.client_not_allowed");
    if (!undecided) throw error;
  }
  const details = isKnown ? readDetails(asObject(answer.json)) : {};
  return {
    accessToken: githubToken,
    tokenType: "Bearer",
    lifetime,
    details: { ...details, host: hosts.host },
  };
}

/** Returns the lifetime. A token that arrives expired would otherwise be requested again at once, for ever. */
export function requireAlive(token: RedeemedToken): number {
  if (typeof token.lifetime === "number" && token.lifetime > 0) return token.lifetime;
  throw new TokenFlowError("provider.malformed", "GitHub returned a Copilot token that has already expired", {
    hint: "Check this machine's clock. If it is right, the service is at fault.",
  });
}
