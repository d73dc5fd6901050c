import { type Clock, systemClock } from "../base/clock.ts";
import { TokenFlowError } from "../base/errors.ts";
import { hideProperties } from "../base/redact.ts";
import { toShownText } from "../base/shown-text.ts";
import { type Stopwatch, startStopwatch } from "../base/stopwatch.ts";
import { abortable } from "../base/with-timeout.ts";
import type { DeviceCode, UserCodePrompt } from "../contracts/device-code.ts";
import type { Provider } from "../contracts/provider.ts";
import type { Session } from "../contracts/session.ts";
import { createHttp } from "../http/create-http.ts";
import { firstRevision } from "../record/record.ts";
import { toSession } from "../record/to-session.ts";
import { type Granted, pollUntilGranted } from "./poll.ts";
import { MAX_STEPS, noTokenError, redeem, toTokenFlowError } from "./redeem.ts";

export interface DeviceFlowOptions {
  /** The function that sends requests. @default the platform's `fetch` @example undiciFetch */
  readonly fetch?: typeof fetch | undefined;
  /** The clock of all waits. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
  /** Ends the flow. @example AbortSignal.timeout(600_000) */
  readonly signal?: AbortSignal | undefined;
}

export interface PollForTokenOptions extends DeviceFlowOptions {
  /**
   * Gives up after so many milliseconds, if the code is valid for longer.
   * @default the lifetime of the code
   * @example 120_000
   */
  readonly timeout?: number | undefined;
}

const stopwatches = new WeakMap<DeviceCode, Stopwatch>();

/**
 * Asks for a device code (RFC 8628 §3.1). Show its `userCode` and `verificationUri` to the person, then call
 * {@link pollForToken}. The secrets are not enumerable, so that no log line shows them.
 *
 * @example
 * ```ts
 * const code = await requestDeviceCode(provider);
 * console.log(`Open ${code.verificationUri} and enter ${code.userCode}`);
 * const { token } = await pollForToken(provider, code);
 * ```

 * @throws `provider.unavailable`, `provider.misconfigured`, `provider.malformed`
 */
export async function requestDeviceCode(
  provider: Provider,
  { fetch, clock = systemClock, signal }: DeviceFlowOptions = {},
): Promise<DeviceCode & UserCodePrompt> {
  const stopwatch = startStopwatch(clock);
  const call = { http: createHttp({ fetch, clock }), clock, signal };
  const code = await abortable(askForCode(provider, call), signal);
  const shown = hideProperties(
    { ...code, expiresAt: stopwatch.startedAt + code.lifetime },
    "deviceCode",
    "context",
  );
  stopwatches.set(shown, stopwatch);
  return shown;
}

/** Asks the provider for a code. An error that the provider did not foresee is replaced by one that can be shown. */
export async function askForCode(
  provider: Provider,
  call: Parameters<Provider["requestDeviceCode"]>[0],
): Promise<DeviceCode> {
  try {
    const code = await provider.requestDeviceCode(call);
    if (code.lifetime > 0) return { ...code, userCode: toShownText(code.userCode) };
    throw new TokenFlowError(
      "provider.malformed",
      `${provider.name} returned a device code without a lifetime`,
    );
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason;
    throw toTokenFlowError(error, provider);
  }
}

/**
 * Polls until the person has decided, then fetches the first token. After an approval it never rejects: if the token
 * cannot be fetched yet, `token` is absent and `failure` tells why.
 * @throws `device.denied`, `device.expired`, `device.unknown`, `provider.misconfigured`, or the signal's reason
 */
export async function pollForToken(
  provider: Provider,
  code: DeviceCode,
  { fetch, clock = systemClock, signal, timeout }: PollForTokenOptions = {},
): Promise<Session> {
  const http = createHttp({ fetch, clock });
  const granted = await pollUntilGranted(provider, code, {
    call: { http, clock, signal },
    host: "",
    stopwatch: stopwatches.get(code) ?? startStopwatch(clock),
    timeout,
  });
  if (!granted) throw new TokenFlowError("device.unknown", "The sign-in ended elsewhere");
  const base = {
    revision: firstRevision(),
    provider: provider.id,
    account: "default",
    origin: "device",
  } as const;
  let { grant, redeemed }: Granted = granted;
  try {
    for (let step = 0; step < MAX_STEPS && !redeemed.token; step += 1) {
      redeemed = await redeem(provider, grant, { http, clock }, "");
      grant = redeemed.grant ?? grant;
      if (redeemed.failure) break;
    }
  } catch (error) {
    return toSession({ ...base, grant }, undefined, toTokenFlowError(error, provider));
  }
  const { token, failure } = redeemed;
  return toSession(
    { ...base, grant, token },
    undefined,
    token ? undefined : (failure ?? noTokenError(provider)),
  );
}
