import { abortable } from "../base/abortable.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { TokenFlowError } from "../base/errors.ts";
import { type JsonValue, parseJson } from "../base/json.ts";
import { omitUndefined } from "../base/omit-undefined.ts";
import { sleepTolerantTimeout } from "../base/sleep-tolerant-timeout.ts";
import { version } from "../base/version.ts";
import { connectionError } from "./connection-error.ts";
import { isTransient } from "./is-transient.ts";

/** One request to a service's authorization hosts. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "DELETE";
  readonly url: string;
  /** Added to, and winning over, `Accept: application/json` and `User-Agent: TokenFlow/<version>`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent form-encoded. */
  readonly form?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. */
  readonly json?: JsonValue | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Any answer, whatever its status; only a failed connection throws. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; `undefined` where it is none. */
  readonly json?: JsonValue | undefined;
  /** The server's own `Date`, in milliseconds since 1970. */
  readonly date?: number | undefined;
  /** `Retry-After` in milliseconds, at most an hour. */
  readonly retryAfter?: number | undefined;
}

/**
 * Sends one request by the rules for credentials: https (or loopback), no redirects, no cache,
 * 30 s in all, 1 MiB of body.
 * @throws `provider.unavailable`, `provider.malformed`, `provider.misconfigured`, or the signal's reason
 */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

export interface HttpOptions {
  /** @default the platform's `fetch` */
  readonly fetch?: typeof fetch | undefined;
  readonly clock?: Clock | undefined;
}

const TIMEOUT = 30_000;
const BODY_LIMIT = 1024 * 1024;
const MAX_RETRY_AFTER = 3_600_000;

/** The only file that knows ky: its errors print headers and bodies, so none of them leaves here. */
export function createHttp({ fetch: customFetch, clock = systemClock }: HttpOptions = {}): Http {
  return async ({ method, url, headers, form, json, signal }) => {
    const target = requireSafeUrl(url);
    signal?.throwIfAborted();
    const controller = new AbortController();
    const abort = (): void => controller.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const done = new AbortController();
    let timedOut = false;
    void sleepTolerantTimeout(clock, TIMEOUT, done.signal).then(
      () => {
        timedOut = true;
        controller.abort();
      },
      () => undefined,
    );
    try {
      // At the first request: loading it wakes the platform's fetch, which takes longer than all of this package.
      const { default: ky } = await abortable(import("ky"), controller.signal);
      const answered = ky(target, {
        method,
        headers: { accept: "application/json", "user-agent": `TokenFlow/${version}`, ...headers },
        ...(form ? { body: new URLSearchParams(form) } : {}),
        ...(json === undefined ? {} : { json }),
        redirect: "manual",
        retry: 0,
        timeout: false,
        throwHttpErrors: false,
        signal: controller.signal,
        // Workers refuse a `cache` option that they do not know; everyone else must not answer from one.
        ...("caches" in globalThis && "WebSocketPair" in globalThis ? {} : { cache: "no-store" }),
        ...(customFetch ? { fetch: customFetch } : {}),
      });
      // Raced, so that the limit holds for a `fetch` that does not listen.
      const response = await abortable(answered, controller.signal);
      const text = await abortable(readBody(response, target.host), controller.signal);
      const date = Date.parse(response.headers.get("date") ?? "");
      const retryAfter = parseRetryAfter(response.headers.get("retry-after"), clock.now());
      return omitUndefined({
        status: response.status,
        headers: response.headers,
        text,
        json: parseJson(text),
        date: Number.isNaN(date) ? undefined : date,
        retryAfter,
      });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw toConnectionError(error, target, timedOut);
    } finally {
      done.abort();
      signal?.removeEventListener("abort", abort);
    }
  };
}

/** Whether a host name can only mean this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/**
 * Parses an address that credentials may be sent to.
 * @throws `provider.misconfigured` where it is neither https nor loopback, or carries a user name
 */
export function requireSafeUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (!parsed) throw notSafe("That is not an address");
  const safe = parsed.protocol === "https:" || (parsed.protocol === "http:" && isLoopback(parsed.hostname));
  if (!safe || parsed.username || parsed.password) {
    throw notSafe(`${parsed.protocol}//${parsed.host} is not an https address`);
  }
  return parsed;
}

function notSafe(message: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, {
    hint: "Give an https address; plain http is for loopback only.",
    grantUnused: true,
  });
}

/** `Retry-After` in milliseconds: seconds first, since `Date` reads "3600" as a year; then a date. At most an hour. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const wait = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MAX_RETRY_AFTER);
}

async function readBody(response: Response, host: string): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > BODY_LIMIT) {
      const { status } = response;
      const code = isTransient({ status, json: undefined }) ? "provider.unavailable" : "provider.malformed";
      throw new TokenFlowError(code, `${host} answered more than 1 MiB`, { status });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function toConnectionError(error: unknown, { host }: URL, timedOut: boolean): TokenFlowError {
  if (error instanceof TokenFlowError) return error;
  if (timedOut) {
    return new TokenFlowError("provider.unavailable", `${host} did not answer within 30 s`, {
      hint: "Check the network, then try again.",
    });
  }
  return connectionError(error, host);
}
