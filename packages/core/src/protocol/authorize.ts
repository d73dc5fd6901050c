import { isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import { abortable } from "../base/with-timeout.ts";
import type {
  AuthorizationGrant,
  AuthorizationRequest,
  Browser,
  BrowserReturn,
} from "../contracts/authorization.ts";
import type { Call } from "../contracts/call.ts";
import type { Provider } from "../contracts/provider.ts";
import { requireSafeUrl } from "../http/safe-url.ts";
import type { Granted } from "./poll.ts";
import { requireGrant, trackRequestTiming } from "./redeem.ts";

export interface AuthorizeOptions {
  readonly call: Call & { readonly signal: AbortSignal };
  /** This host's name in records. */
  readonly host: string;
  /** Called at intervals. `true` ends the wait, because somebody signed in elsewhere. */
  readonly settled: () => Promise<boolean>;
  /** Called once the page is ready for the person, with the end of the wait. */
  readonly onStarted: (expiresAt: number) => void;
}

/** How long a person is waited for. Services end their own pages sooner or later than that. */
const PATIENCE = 300_000;
/** The time between two looks for a sign-in elsewhere. */
const SETTLED_INTERVAL = 2_000;
/** Pauses before a code is sent again that certainly was not sent. */
const RETRIES: readonly number[] = [500, 1_000, 2_000];

/**
 * Signs in by the browser. Returns `undefined` if `settled` ended it.
 * @throws `device.expired` if the browser never returns; the error that ends the flow; or the signal's reason
 */
export async function authorizeInBrowser(
  provider: Provider,
  browser: Browser,
  { call, host, settled, onStarted }: AuthorizeOptions,
): Promise<Granted | undefined> {
  if (!provider.authorize) throw noBrowserFlow(provider);
  const current: { listening?: BrowserReturn } = {};
  const stopListening = async (): Promise<void> => current.listening?.[Symbol.asyncDispose]();
  const over = new AbortController();
  try {
    const redirect = async (fixed?: string): Promise<string> => {
      await stopListening();
      current.listening = await browser.listen(fixed);
      return current.listening.redirectUri;
    };
    const request = await abortable(provider.authorize(redirect, call), call.signal);
    requireSafeUrl(request.url);
    const { listening } = current;
    if (!listening) throw noBrowserFlow(provider);
    onStarted(call.clock.now() + PATIENCE);
    const signal = AbortSignal.any([call.signal, over.signal]);
    const answer = await Promise.race([
      abortable(listening.receive(request, signal), signal),
      waitElsewhere(settled, call, signal),
    ]);
    if (!answer) return undefined;
    // One answer is enough: nothing that arrives from here on is looked at.
    await stopListening();
    return await complete(provider, request, answer, { call, host });
  } finally {
    over.abort();
    await stopListening();
  }
}

/** Resolves if somebody signs in elsewhere, and rejects when the patience is over. */
async function waitElsewhere(
  settled: () => Promise<boolean>,
  { clock }: Call,
  signal: AbortSignal,
): Promise<undefined> {
  for (let waited = 0; waited < PATIENCE; waited += SETTLED_INTERVAL) {
    await clock.sleep(SETTLED_INTERVAL, { signal, background: true });
    if (await settled()) return undefined;
  }
  throw new TokenFlowError("device.expired", "The browser did not return in time", {
    hint: "Start the sign-in again.",
  });
}

/** Sends the code once. Only if it certainly was not sent, it is sent again. */
async function complete(
  provider: Provider,
  request: AuthorizationRequest,
  answer: URLSearchParams,
  { call, host }: Pick<AuthorizeOptions, "call" | "host">,
): Promise<Granted> {
  for (let attempt = 0; ; attempt += 1) {
    const timed = trackRequestTiming(call, host);
    try {
      const { grant, token }: AuthorizationGrant = await request.complete(answer, timed.call);
      return {
        grant: requireGrant(provider, grant),
        redeemed: timed.toStoredToken(provider, { token }),
      };
    } catch (error) {
      const pause = RETRIES[attempt];
      const wasSent = !isTokenFlowError(error, "provider.unavailable") || error.grantUnused !== true;
      if (wasSent || pause === undefined) throw error;
      await call.clock.sleep(pause, { signal: call.signal, background: true });
    }
  }
}

export function noBrowserFlow({ name }: Provider): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", `${name} has no sign-in by the browser`, {
    hint: "Sign in with a code.",
    grantUnused: true,
  });
}
