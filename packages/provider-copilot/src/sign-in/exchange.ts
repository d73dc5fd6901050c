import { TokenFlowError } from "@tokenflow/core";
import {
  asObject,
  type Call,
  type HttpAnswer,
  omitUndefined,
  type RedeemedToken,
} from "@tokenflow/core/provider";
import type { CopilotGrant } from "../service/grant.ts";
import type { CopilotHosts } from "../service/hosts.ts";
import type { Identity } from "../service/identity.ts";
import { readDetails, readEnvelope } from "../wire/envelope.ts";
import { readFailure } from "../wire/failure.ts";
import { type AppRefusal, readAppRefusal } from "./app-refusal.ts";
import { exchangeError } from "./exchange-error.ts";
import { schemeOf } from "./scheme.ts";

const API_VERSION = "2025-04-01";

/** Sends a request to one of GitHub's internal endpoints for Copilot. */
export function askCopilot(
  endpoint: "user" | "v2/token",
  githubToken: string,
  { githubApiUrl }: CopilotHosts,
  headers: Readonly<Record<string, string>>,
  { http, signal }: Call,
): Promise<HttpAnswer> {
  return http({
    method: "GET",
    url: `${githubApiUrl}/copilot_internal/${endpoint}`,
    headers: {
      ...headers,
      authorization: `Bearer ${githubToken}`,
      "x-github-api-version": API_VERSION,
    },
    signal,
  });
}

/** A Copilot token, or why there is none. */
export type Exchanged =
  | { readonly token: RedeemedToken }
  | { readonly error: TokenFlowError; readonly refusal: AppRefusal | undefined };

/** Exchanges a GitHub token for a Copilot token, in one request. The GitHub token stays valid. */
export async function exchange(
  githubToken: string,
  hosts: CopilotHosts,
  identity: Identity,
  call: Call,
): Promise<Exchanged> {
  const answer = await askCopilot("v2/token", githubToken, hosts, identity.authentication, call);
  const now = call.clock.now();
  const token = readEnvelope(answer, now);
  if (!token) return { error: exchangeError(answer, now), refusal: readAppRefusal(answer) };
  return { token: { ...token, details: { ...token.details, host: hosts.host, mode: "exchange" } } };
}

/** The caller's decision about direct mode. */
export interface DirectOptions {
  readonly isChosen: boolean;
  /** How long the answer is used before this is asked again, if it is. */
  readonly dueIn: number | undefined;
  /** Why `auto` goes direct. */
  readonly reason: string | undefined;
}

/** How long after it is due a direct token of `auto` is still used. Longer than a tenth of a day, the expiry buffer. */
const GRACE = 3 * 3_600_000;

/**
 * Sends direct mode's one request, which says whether the GitHub token is good and which address it belongs to. This
 * endpoint accepts more apps than the exchange. If it answers a plain 403 or 404, the API itself decides.
 */
export async function probe(
  grant: CopilotGrant,
  hosts: CopilotHosts,
  identity: Identity,
  call: Call,
  { isChosen, dueIn, reason }: DirectOptions,
): Promise<RedeemedToken> {
  const { githubToken, expiresAt } = grant;
  const headers = { ...identity.direct, "x-initiator": identity.authentication["x-initiator"] };
  const answer = await askCopilot("user", githubToken, hosts, omitUndefined(headers), call);
  const now = call.clock.now();
  const isKnown = answer.status === 200 && Object.keys(asObject(answer.json)).length > 0;
  if (!isKnown || readFailure(answer).shape === "notice") {
    const error = exchangeError(answer, now, "an account");
    const undecided =
      readFailure(answer).shape === "standard" &&
      (error.code === "provider.forbidden" || error.code === "provider.client_not_allowed");
    if (!undecided) throw error;
  }
  const details = isKnown ? readDetails(asObject(answer.json)) : {};
  const apiUrl = hosts.resolveDirectUrl(details.endpoints?.api, isChosen);
  const ends = [expiresAt === undefined ? undefined : expiresAt - now, dueIn && dueIn + GRACE].filter(
    (end) => end !== undefined,
  );
  return {
    accessToken: githubToken,
    tokenType: schemeOf(apiUrl, grant),
    lifetime: ends.length === 0 ? "none" : Math.min(...ends),
    ...(dueIn === undefined ? {} : { dueIn }),
    details: omitUndefined({ ...details, host: hosts.host, mode: "direct", modeReason: reason }),
  };
}

/** Returns the lifetime. A token that arrives expired would otherwise be requested again at once, for ever. */
export function requireAlive(token: RedeemedToken): number {
  if (typeof token.lifetime === "number" && token.lifetime > 0) return token.lifetime;
  throw new TokenFlowError("provider.malformed", "GitHub returned a Copilot token that has already expired", {
    hint: "Check this machine's clock. If it is right, the service is at fault.",
  });
}
