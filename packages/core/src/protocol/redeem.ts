import { isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, jsonObjectOf, omitUndefined } from "../base/json.ts";
import { startStopwatch } from "../base/stopwatch.ts";
import type { Grant } from "../contracts/call.ts";
import type { Provider, RedeemCall, Redemption } from "../contracts/provider.ts";
import type { RedeemedToken } from "../contracts/redeemed-token.ts";
import type { StoredToken } from "../token/timed-token.ts";
import { jwtLifetime } from "../wire/read-jwt.ts";

/** A redemption, with its times on our clock. */
export interface Redeemed {
  readonly token?: StoredToken | undefined;
  readonly grant?: Grant | undefined;
  readonly isOtherKind?: true | undefined;
  /** Why the token is not used: it had already expired when it came. The grant beside it is used. */
  readonly failure?: TokenFlowError | undefined;
}

/**
 * A token that ends within a second of its request counts as expired. Otherwise a server could make us redeem as
 * fast as it answers.
 */
const MIN_LIFETIME = 1_000;
/** How many new grants in a row may come without a token. */
export const MAX_STEPS = 3;
/** A century. A longer lifetime is an error, and its end may not be a valid date. */
const MAX_LIFETIME = 100 * 365 * 86_400_000;

/** Sends the provider's one request. `host` is recorded as the writer of the token. */
export async function redeem(
  provider: Provider,
  grant: Grant,
  call: RedeemCall,
  host: string,
): Promise<Redeemed> {
  const request = trackRequestTiming(call, host);
  try {
    return request.toStoredToken(provider, await provider.redeem(grant, request.call));
  } catch (error) {
    throw toTokenFlowError(error, provider);
  }
}

export interface TimedRequest {
  /** The same call, whose answers' `Date` and `Retry-After` are recorded. */
  readonly call: RedeemCall;
  /** Returns the `Retry-After` of the last answer, in milliseconds. */
  retryAfter(): number | undefined;
  /** Puts a redemption on our clock. Lifetimes are counted from the moment the request was sent. */
  toStoredToken(provider: Provider, answer: Redemption): Redeemed;
}

/** Starts to measure a request that may return a token. */
export function trackRequestTiming(call: RedeemCall, host: string): TimedRequest {
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
    toStoredToken(provider, answer) {
      const grant = answer.grant && requireGrant(provider, answer.grant);
      const { token, isOtherKind } = answer;
      if (!token) return { grant, failure: answer.failure };
      const now = clock.now();
      const lifetime = token.lifetime === "jwt" ? jwtLifetime(token.accessToken, date, now) : token.lifetime;
      if (!isUsable(token, lifetime)) return { grant, failure: expiredTokenError(provider, token.lifetime) };
      // It expired on the way, while this machine slept. That is nobody's fault, so ask again.
      if (lifetime !== "none" && stopwatch.elapsed() >= lifetime) return { grant };
      const { accessToken, tokenType, scope, dueIn, idToken, details } = token;
      const plain = jsonObjectOf({ accessToken, tokenType, scope, idToken, details });
      // The grant beside it may be the only living one: it is stored all the same.
      if (!plain || !hasFields(plain)) return { grant, failure: unstorableError(provider, "a token") };
      const stored: StoredToken = omitUndefined({
        ...plain,
        issuedAt,
        issuedBy: host,
        clockOffset: date === undefined ? undefined : date - now,
        lifetime: lifetime === "none" ? undefined : lifetime,
        dueIn: Number.isFinite(dueIn) ? dueIn : undefined,
      });
      return { grant, token: stored, isOtherKind };
    },
  };
}

/** Replaces an error that the provider did not foresee, which may hold a secret, by one that can be shown. */
export function toTokenFlowError(error: unknown, provider: Provider): TokenFlowError {
  if (isTokenFlowError(error)) return error;
  return new TokenFlowError("provider.malformed", `${provider.name} failed with an unexpected error`);
}

function isUsable(token: RedeemedToken, lifetime: number | "none"): boolean {
  if (typeof token.accessToken !== "string" || token.accessToken === "") return false;
  return (
    lifetime === "none" ||
    (typeof lifetime === "number" && lifetime >= MIN_LIFETIME && lifetime <= MAX_LIFETIME)
  );
}

/** The members of a token that are text and JSON. */
interface TokenFields extends JsonObject {
  readonly accessToken: string;
  readonly tokenType: string;
}

function hasFields(
  fields: JsonObject,
): fields is TokenFields & Pick<StoredToken, "scope" | "idToken" | "details"> {
  const { accessToken, tokenType, scope = "", idToken = "", details = {} } = fields;
  const texts = [accessToken, tokenType, scope, idToken];
  return texts.every((text) => typeof text === "string") && tokenType !== "" && isJsonObject(details);
}

/**
 * Returns a provider's grant as it is stored.
 * @throws `provider.malformed` if JSON cannot hold it: it could never be stored
 */
export function requireGrant(provider: Provider, grant: unknown): Grant {
  const plain = jsonObjectOf(grant);
  if (plain) return plain;
  throw unstorableError(provider, "a grant");
}

function unstorableError(provider: Provider, what: string): TokenFlowError {
  return new TokenFlowError("provider.malformed", `${provider.name} returned ${what} that JSON cannot hold`, {
    hint: "Its fields must be plain JSON: no BigInt, function, cycle or NaN.",
  });
}

function expiredTokenError(provider: Provider, lifetime: RedeemedToken["lifetime"]): TokenFlowError {
  // A lifetime that the service states does not depend on this machine's clock; the end in a JWT does.
  const hint =
    lifetime === "jwt"
      ? "Check this machine's clock. If it is right, the service is at fault."
      : "The service is at fault. Try again later, or report it there.";
  return new TokenFlowError(
    "provider.malformed",
    `${provider.name} returned a token that has already expired`,
    { hint },
  );
}

/** The error after {@link MAX_STEPS} new grants without a token. */
export function noTokenError(provider: Provider): TokenFlowError {
  return new TokenFlowError(
    "provider.malformed",
    `${provider.name} returned ${MAX_STEPS} new grants in a row without an access token`,
  );
}
