import { type Clock, systemClock } from "../base/clock.ts";
import { TokenFlowError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import { withTimeout } from "../base/with-timeout.ts";
import { readCertificateValidity } from "./certificate-validity.ts";
import { connectionError, isAboutDates } from "./connection-error.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { createAnswerReader } from "./read-answer.ts";
import { requireSafeUrl } from "./safe-url.ts";
import { type TransportRequest, transportOf } from "./transport.ts";

declare const __TOKENFLOW_VERSION__: string | undefined;

/** This package's version; `0.0.0` when run from source. */
export const version: string = typeof __TOKENFLOW_VERSION__ === "string" ? __TOKENFLOW_VERSION__ : "0.0.0";

/** One request to a service's authorization hosts. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "DELETE";
  readonly url: string;
  /**
   * Headers that are added to, and win over, the default ones.
   * @default `Accept: application/json` and `User-Agent: TokenFlow/<version>`
   * @example { authorization: "Bearer …" }
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent form-encoded. @example { grant_type: "refresh_token" } */
  readonly form?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. @example { code: "…" } */
  readonly json?: JsonValue | undefined;
  /** Ends the request. @example AbortSignal.timeout(5_000) */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends one request by the rules for credentials: only https or loopback, no redirects, no cache, 30 s for all of
 * it, and at most 1 MiB of body, whose JSON may be nested 200 deep.
 * @throws `provider.unavailable`, `provider.malformed`, `provider.misconfigured`, or the signal's reason
 */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

export interface HttpOptions {
  /**
   * The function that sends requests. It must send each at most once: a second try may use a single-use grant twice.
   * @default the platform's `fetch`
   * @example undiciFetch
   */
  readonly fetch?: typeof fetch | undefined;
  /** Measures the timeout. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
}

const TIMEOUT = 30_000;

/** Creates the function that sends every request which carries a credential. */
export function createHttp({ fetch, clock = systemClock }: HttpOptions = {}): Http {
  const transport = transportOf(fetch);
  return async (request) => {
    const { signal } = request;
    const url = requireSafeUrl(request.url);
    signal?.throwIfAborted();
    const controller = new AbortController();
    const abort = (): void => controller.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const exchange = transport(toTransport(request, url, controller.signal));
    try {
      const reader = createAnswerReader({ host: url.host, clock });
      return await withTimeout(reader.read(exchange.answer, controller.signal), {
        clock,
        timeout: TIMEOUT,
        toleratesSleep: true,
        onTimeout: () => {
          const whole = reader.whole();
          controller.abort();
          if (whole) return whole;
          const { proxy, neverSent } = exchange.facts(undefined);
          const through = proxy === undefined ? "" : ` through the proxy ${proxy}`;
          throw new TokenFlowError(
            "provider.unavailable",
            `${url.host} did not answer within 30 s${through}`,
            {
              hint: "Check the network, then try again.",
              grantUnused: neverSent || undefined,
            },
          );
        },
      });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      controller.abort();
      if (error instanceof TokenFlowError) throw error;
      const facts = exchange.facts(error);
      const validity = isAboutDates(error) ? await readCertificateValidity(url, facts.tunnel) : undefined;
      throw connectionError(error, url.host, { ...facts, validity });
    } finally {
      signal?.removeEventListener("abort", abort);
      exchange.stop();
    }
  };
}

const FORM = "application/x-www-form-urlencoded;charset=UTF-8";

function toTransport(
  { method, headers, form, json }: HttpRequest,
  url: URL,
  signal: AbortSignal,
): TransportRequest {
  const body = form
    ? new URLSearchParams(form).toString()
    : json === undefined
      ? undefined
      : JSON.stringify(json);
  const own = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    method,
    url,
    headers: {
      accept: "application/json",
      "user-agent": `TokenFlow/${version}`,
      ...(body === undefined ? {} : { "content-type": form ? FORM : "application/json" }),
      ...Object.fromEntries(own),
    },
    body,
    signal,
  };
}
