import { isTokenFlowError, type TokenFlowError } from "../base/errors.ts";
import type { Browser } from "../contracts/authorization.ts";
import type { Session } from "../contracts/session.ts";
import type { SignInOptions } from "../contracts/token-manager.ts";
import { noBrowserFlow } from "../protocol/authorize.ts";
import type { Requester } from "../refresh/requester.ts";
import type { SignInFlow } from "./sign-in-flow.ts";

/** Signs in by a code, by the browser, or by what the person can reach of both. */
export async function signIn(flow: SignInFlow, by: Requester, options: SignInOptions): Promise<Session> {
  const { onUserCode, onFallback, signal, prefer = "auto" } = options;
  const browser = by.provider.authorize ? options.browser : undefined;

  const byCode = async (reason?: TokenFlowError): Promise<Session> => {
    const running = flow.join(by);
    const giveUp = new AbortController();
    const ended = running.wait(signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal);
    ended.catch(() => undefined);
    try {
      const prompt = await Promise.race([running.userCode, ended.then(() => running.userCode)]);
      if (reason) onFallback?.(reason, "device");
      onUserCode(prompt);
    } catch (error) {
      // Nobody will enter a code that could not be shown.
      giveUp.abort(error);
    }
    return ended;
  };
  const byBrowser = (reason?: TokenFlowError): Promise<Session> => {
    if (!browser) throw noBrowserFlow(by.provider);
    const told = reason ? beforeListening(browser, () => onFallback?.(reason, "browser")) : browser;
    return flow.join(by, told).wait(signal ?? new AbortController().signal);
  };

  if (prefer === "browser") return byBrowser();
  if (prefer === "device" || !browser) return byCode();
  const ways = browser.isLocal ? [byBrowser, byCode] : [byCode, byBrowser];
  const [first = byCode, second = byBrowser] = ways;
  return first().catch(async (error: unknown) => {
    if (signal?.aborted || !isOtherWayOpen(error)) throw error;
    return second(error).catch((other: unknown) => {
      // Neither way exists. The first one is what the person expects to hear about.
      throw isTokenFlowError(other, "provider.misconfigured") ? error : other;
    });
  });
}

/** The words of RFC 6749 for a flow that a service does not have, or not for this client; and a port that is in use. */
const NOT_OFFERED: ReadonlySet<string | undefined> = new Set([
  "EADDRINUSE",
  "EACCES",
  "unauthorized_client",
  "unsupported_grant_type",
  "unsupported_response_type",
]);

/** Returns `true` if the service lacks this way, nothing can listen for it, or the browser never returned. */
function isOtherWayOpen(error: unknown): error is TokenFlowError {
  if (isTokenFlowError(error, "device.expired")) return true;
  return isTokenFlowError(error, "provider.misconfigured") && NOT_OFFERED.has(error.reason);
}

/** Calls `tell` once, when the provider has a page for the browser to open. */
function beforeListening(browser: Browser, tell: () => void): Browser {
  let isTold = false;
  return {
    isLocal: browser.isLocal,
    listen(fixed) {
      if (!isTold) tell();
      isTold = true;
      return browser.listen(fixed);
    },
  };
}
