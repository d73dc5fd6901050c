import { isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import { omitUndefined } from "../base/json.ts";
import { startStopwatch } from "../base/stopwatch.ts";
import type { Call, Grant } from "../contracts/call.ts";
import type { Provider, RedeemedToken, Redemption } from "../contracts/provider.ts";
import type { StoredToken } from "../token/timed-token.ts";
import { jwtLifetime } from "../wire/read-jwt.ts";

/** A redemption on our clock. */
export interface Redeemed {
  readonly token?: StoredToken | undefined;
  readonly grant?: Grant | undefined;
  /** Why the token that came is not used: it was dead on arrival. Its grant counts all the same. */
  readonly failure?: TokenFlowError | undefined;
}

/**
 * A token that is over within a second of its request counts as dead on arrival: else a server could make
 * us redeem as fast as it answers.
 */
const MIN_LIFETIME = 1_000;
/** Grants renewed in a row before a token must come. */
export const MAX_STEPS = 3;
/** A century: what is beyond is no lifetime, and its end may be no date. */
const MAX_LIFETIME = 100 * 365 * 86_400_000;

/** Makes the provider's one request. `host` stands in the record as the token's writer. */
export async function redeem(provider: Provider, grant: Grant, call: Call, host: string): Promise<Redeemed> {
  const request = trackRequestTiming(call, host);
  try {
    return request.toStoredToken(provider, await provider.redeem(grant, request.call));
  } catch (error) {
    throw toTokenFlowError(error, provider);
  }
}

export interface TimedRequest {
  /** The same call, watched for the server's `Date`. */
  readonly call: Call;
  /** What the answer's `Retry-After` asked for, in milliseconds. */
  retryAfter(): number | undefined;
  /** Puts what was answered on our clock: lifetimes run from the moment the request was sent. */
  toStoredToken(provider: Provider, answer: Redemption): Redeemed;
}

/** Starts the measure of a request that may bring a token. */
export function trackRequestTiming(call: Call, host: string): TimedRequest {
  const { clock, http } = call;
  const stopwatch = startStopwatch(clock);
  const issuedAt = stopwatch.startedAt;
  let date: number | undefined;
  let retryAfter: number | undefined;
  return {
    retryAfter: () => retryAfter,
    call: {
      ...call,
      http: async (request) => {
        const answer = await http(request);
        date = answer.date;
        retryAfter = answer.retryAfter;
        return answer;
      },
    },
    toStoredToken(provider, { token, grant }) {
      if (!token) return { grant };
      const now = clock.now();
      const lifetime = token.lifetime === "jwt" ? jwtLifetime(token.accessToken, date, now) : token.lifetime;
      if (!isUsable(token, lifetime)) return { grant, failure: expiredTokenError(provider) };
      // It died on our side of the wire, while this machine slept: nobody's fault, ask again.
      if (lifetime !== "none" && stopwatch.elapsed() >= lifetime) return { grant };
      const { accessToken, tokenType, scope, dueIn, details } = token;
      const stored: StoredToken = omitUndefined({
        accessToken,
        tokenType,
        scope,
        issuedAt,
        issuedBy: host,
        clockOffset: date === undefined ? undefined : date - now,
        lifetime: lifetime === "none" ? undefined : lifetime,
        dueIn: Number.isFinite(dueIn) ? dueIn : undefined,
        details,
      });
      return { grant, token: stored };
    },
  };
}

/** Whatever a provider throws, as an error that can be shown: a foreign one may hold anything. */
export function toTokenFlowError(error: unknown, provider: Provider): TokenFlowError {
  if (isTokenFlowError(error)) return error;
  return new TokenFlowError(
    "provider.malformed",
    `${provider.name} failed in a way that its provider did not foresee`,
  );
}

function isUsable(token: RedeemedToken, lifetime: number | "none"): boolean {
  if (typeof token.accessToken !== "string" || token.accessToken === "") return false;
  return lifetime === "none" || (lifetime >= MIN_LIFETIME && lifetime <= MAX_LIFETIME);
}

function expiredTokenError(provider: Provider): TokenFlowError {
  return new TokenFlowError("provider.malformed", `${provider.name} answered a token that is already over`, {
    hint: "Check this machine's clock; if it is right, the fault is the service's.",
  });
}

/** Grants renewed again and again, and never a token. */
export function noTokenError(provider: Provider): TokenFlowError {
  return new TokenFlowError("provider.malformed", `${provider.name} answered grant after grant and no token`);
}
