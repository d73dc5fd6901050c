import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What an answer to a sign-in must match. */
export interface Expected {
  readonly redirectUri: string;
  readonly state: string;
}

/**
 * Reads the browser's return. Returns `undefined` for any other request: another method, path or host (DNS rebinding), a
 * call by a page's script, or an answer to a sign-in that is not this one.
 */
export function readReturn(
  { method, url = "", headers }: IncomingMessage,
  expected: Expected,
): URLSearchParams | undefined {
  const { host, pathname } = new URL(expected.redirectUri);
  const end = url.indexOf("?");
  if (method !== "GET" || end < 0 || url.slice(0, end) !== pathname || headers.host !== host)
    return undefined;
  // A window that is redirected has no origin. Browsers mark the requests of a page's scripts and images.
  const isOfPage = headers["sec-fetch-site"] !== undefined && headers["sec-fetch-mode"] !== "navigate";
  if (headers.origin !== undefined || isOfPage) return undefined;
  return withState(new URLSearchParams(url.slice(end + 1)), expected.state);
}

/** Reads the address that the browser was sent to, as a person pastes it. */
export function readPasted(text: string, expected: Expected): URLSearchParams | undefined {
  const pasted = URL.parse(text.trim());
  const own = new URL(expected.redirectUri);
  if (!pasted || pasted.origin !== own.origin || pasted.pathname !== own.pathname) return undefined;
  return withState(pasted.searchParams, expected.state);
}

function withState(answer: URLSearchParams, state: string): URLSearchParams | undefined {
  const [given, ...more] = answer.getAll("state");
  return given !== undefined && more.length === 0 && isEqual(given, state) ? answer : undefined;
}

/** Takes the same time wherever the texts differ. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
