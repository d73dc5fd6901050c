import { TokenFlowError } from "@tokenflow/core";
import { asObject, type Call, type HttpAnswer, type RedeemedToken } from "@tokenflow/core/provider";

import type { CopilotHosts } from "../service/hosts.ts";
import type { Identity } from "../service/identity.ts";
import { readDetails, readEnvelope } from "../wire/envelope.ts";
import { readFailure } from "../wire/failure.ts";
import { exchangeError } from "./exchange-error.ts";

const API_VERSION = "2025-04-01";

/** Asks GitHub one of its internal questions about Copilot. */
export function askCopilot(
  question: "user" | "v2/token",
  githubToken: string,
  { githubApiUrl }: CopilotHosts,
  { authentication }: Identity,
  { http, signal }: Call,
): Promise<HttpAnswer> {
  return http({
    method: "GET",
    url: `${githubApiUrl}/copilot_internal/${question}`,
    headers: {
      ...authentication,
      authorization: `Bearer ${githubToken}`,
      "x-github-api-version": API_VERSION,
    },
    signal,
  });
}

/**
 * One request: a GitHub token in, a Copilot token out. The GitHub token is not used up by it.
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
 * Direct mode's one request: asks whether the GitHub token is good, and where it should go. This call is less
 * picky than the exchange about the token's app; where it answers a plain 403 or 404, the API itself decides.
 * @param expiresAt when the GitHub token ends, where it does
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

/** A token that arrives dead would be asked for again at once, for ever. */
export function requireAlive(token: RedeemedToken): number {
  if (typeof token.lifetime === "number" && token.lifetime > 0) return token.lifetime;
  throw new TokenFlowError("provider.malformed", "GitHub answered a Copilot token that is already over", {
    hint: "Check this machine's clock; if it is right, the fault is the service's.",
  });
}
