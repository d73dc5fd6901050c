import { type Clock, systemClock } from "../base/clock.ts";
import { TokenFlowError } from "../base/errors.ts";
import { hideProperties } from "../base/redact.ts";
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
  readonly fetch?: typeof fetch | undefined;
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PollForTokenOptions extends DeviceFlowOptions {
  /** Gives up after so many milliseconds, where the code itself is good for longer. */
  readonly timeout?: number | undefined;
}

const stopwatches = new WeakMap<DeviceCode, Stopwatch>();

/**
 * Asks for a device code (RFC 8628 §3.1): show its `userCode` and `verificationUri` to the person, then
 * hand it to {@link pollForToken}. Its secret is not enumerable, so that no log line shows it.
 * @throws `provider.unavailable`, `provider.misconfigured`, `provider.malformed`
 */
export async function requestDeviceCode(
  provider: Provider,
  { fetch, clock = systemClock, signal }: DeviceFlowOptions = {},
): Promise<DeviceCode & UserCodePrompt> {
  const stopwatch = startStopwatch(clock);
  const call = { http: createHttp({ fetch, clock }), clock, signal };
  const code = await abortable(askForCode(provider, call), signal);
  const shown = hideProperties({ ...code, expiresAt: stopwatch.startedAt + code.lifetime }, "deviceCode");
  stopwatches.set(shown, stopwatch);
  return shown;
}

/** The provider's answer, with its errors made safe to show. */
export async function askForCode(
  provider: Provider,
  call: Parameters<Provider["requestDeviceCode"]>[0],
): Promise<DeviceCode> {
  try {
    const code = await provider.requestDeviceCode(call);
    if (code.lifetime > 0) return code;
    throw new TokenFlowError("provider.malformed", `${provider.name} gave a code without a lifetime`);
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason;
    throw toTokenFlowError(error, provider);
  }
}

/**
 * Polls until the person has decided, then fetches the first token. Once the person has approved it never
 * rejects: a token that could not be fetched yet leaves `token` out, and `failure` says why.
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
