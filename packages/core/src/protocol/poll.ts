import { isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import { type Stopwatch, startStopwatch } from "../base/stopwatch.ts";
import { abortable } from "../base/with-timeout.ts";
import type { Call, Grant } from "../contracts/call.ts";
import type { DeviceCode } from "../contracts/device-code.ts";
import type { Provider } from "../contracts/provider.ts";
import { type Redeemed, requireGrant, trackRequestTiming } from "./redeem.ts";

export interface PollOptions {
  readonly call: Call;
  /** This host's name in records. */
  readonly host: string;
  /** Started when the device code was requested. */
  readonly stopwatch: Stopwatch;
  /** The caller's own limit, in milliseconds from the same moment. */
  readonly timeout?: number | undefined;
  /** Lets the process end while only this flow is pending. */
  readonly background?: boolean | undefined;
  /** Called before every poll. `true` ends the polling, because somebody signed in elsewhere. */
  readonly settled?: (() => Promise<boolean>) | undefined;
}

/** The person's consent, and the token that came with it, if one did. */
export interface Granted {
  readonly grant: Grant;
  readonly redeemed: Redeemed;
}

/** RFC 8628 §3.2, if the service names no interval, or none that makes sense. */
const DEFAULT_INTERVAL = 5_000;
/** RFC 8628 §3.5. */
const SLOW_DOWN = 5_000;
/** Some services check the rate before the approval, so that a poll that is always a little early never completes. */
const MARGIN = 1.2;
const MARGIN_AFTER_SLOW_DOWN = 1.4;
const MAX_BACKOFF = 60_000;
/** How many answers in a row may be a page or a redirect, as of a captive portal, before the sign-in ends. */
const MAX_STRANGE = 3;

/**
 * Polls until the person has decided. Each wait is counted from the previous answer. The first one precedes the
 * first poll. Returns `undefined` if `settled` ended it. Nothing polls again after a success: on real servers that
 * would revoke the new tokens.
 * @throws the error that ends the flow, or the signal's reason as soon as it aborts
 */
export async function pollUntilGranted(
  provider: Provider,
  code: DeviceCode,
  { call, host, stopwatch, timeout = Number.POSITIVE_INFINITY, background, settled }: PollOptions,
): Promise<Granted | undefined> {
  const { clock, signal } = call;
  const deadline = Math.min(code.lifetime, timeout);
  const age = stopwatch.elapsed;
  /** With an interval as long as the code's life nothing would be polled: some services send milliseconds. */
  const paced = (named = 0): number => (named < code.lifetime ? Math.max(named, 0) : 0);
  let interval = paced(code.interval) || DEFAULT_INTERVAL;
  let margin = MARGIN;
  let backoff = 1;
  let retryAfter = 0;
  let answerLost = false;
  let strange = 0;

  for (;;) {
    const minWait = interval * margin;
    const wait = Math.max(Math.min(minWait * backoff, Math.max(MAX_BACKOFF, minWait)), retryAfter);
    const sinceAnswer = startStopwatch(clock);
    await clock.sleep(Math.max(Math.min(wait, deadline - age()), 0), { signal, background });
    const last = age() >= deadline;
    if (last && sinceAnswer.elapsed() < Math.max(minWait, retryAfter)) throw expired();
    if (await settled?.()) return undefined;
    signal?.throwIfAborted();
    retryAfter = 0;
    const request = trackRequestTiming(call, host);
    try {
      const result = await abortable(provider.pollDeviceCode(code, request.call), signal);
      if (result.status === "granted") {
        return {
          grant: requireGrant(provider, result.grant),
          redeemed: request.toStoredToken(provider, { token: result.token }),
        };
      }
      backoff = 1;
      strange = 0;
      retryAfter = request.retryAfter() ?? 0;
      if (result.status === "slow_down") {
        interval = Math.max(paced(result.interval), interval + SLOW_DOWN);
        margin = MARGIN_AFTER_SLOW_DOWN;
      }
    } catch (error) {
      if (!isTransientError(error)) throw answerLost && age() < deadline ? toCodeLostError(error) : error;
      strange = isStrange(error) ? strange + 1 : 0;
      if (strange === MAX_STRANGE) throw strangeError(error);
      answerLost ||= error.grantUnused !== true && error.code === "provider.unavailable";
      backoff *= 2;
      retryAfter = error.retryAfter ?? 0;
    }
    if (last) throw expired();
  }
}

function isTransientError(error: unknown): error is TokenFlowError {
  return isTokenFlowError(error, "provider.unavailable") || isTokenFlowError(error, "provider.rate_limited");
}

/** Returns true for a status below 400 with a body that is no answer of OAuth. */
function isStrange({ code, status, grantUnused }: TokenFlowError): boolean {
  return code === "provider.unavailable" && status !== undefined && status < 400 && grantUnused !== true;
}

function strangeError({ message, status }: TokenFlowError): TokenFlowError {
  return new TokenFlowError(
    "provider.malformed",
    `${message} ${MAX_STRANGE} times in a row, which is no answer of OAuth`,
    {
      status,
      hint: "Check the service's address, and that no proxy or portal answers in its place. Then start the sign-in again.",
    },
  );
}

/** If an answer was lost and the service then no longer knows the code, the lost answer was most likely the success. */
function toCodeLostError(error: unknown): unknown {
  if (!isTokenFlowError(error, "device.expired") && !isTokenFlowError(error, "device.unknown")) return error;
  return new TokenFlowError(
    "device.unknown",
    "The service's answer was lost on the way, and it is sent only once",
    {
      hint: "Start the sign-in again.",
      reason: error.reason,
    },
  );
}

function expired(): TokenFlowError {
  return new TokenFlowError("device.expired", "Nobody approved the sign-in in time", {
    hint: "Start the sign-in again.",
  });
}
