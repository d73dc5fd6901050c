import { type Clock, systemClock } from "../base/clock.ts";
import type { CallTranslator } from "../contracts/dialect.ts";
import type { TokenManager } from "../contracts/token-manager.ts";
import type { Upstream } from "../contracts/upstream.ts";
import { createHttp } from "../http/create-http.ts";
import { createLearnedRefusals, type LearnedRefusals } from "../repair/learned-refusals.ts";
import { isEventStream, repairResponse } from "../repair/repair-response.ts";
import { createRequestTries, type LearnedParts } from "../repair/request-tries.ts";
import type { Token } from "../token/token.ts";
import { asObject, asString } from "../wire/read-json.ts";
import { type Followed, followRedirects } from "./follow-redirects.ts";
import { createFindModel } from "./model-names.ts";
import { peekBody, peekEvent } from "./peek-body.ts";
import { readRequest } from "./read-request.ts";
import type { FetchBody } from "./request-body.ts";
import type { TokenFetch, TokenRequestInit } from "./token-fetch.ts";
import { routesByOrigins, routesByUpstream } from "./token-route.ts";
import { translateCalls } from "./translate-calls.ts";
import { type Attempt, withToken } from "./with-token.ts";

export interface CreateFetchOptions {
  /** The API that the token is sent to. @default the provider's `upstream` @example provider.upstream */
  readonly upstream?: Upstream | undefined;
  /** The origins that the token may be sent to, if there is no upstream. @example ["https://api.example.org"] */
  readonly origins?: readonly string[] | undefined;
  /** How long a token must still be valid, in milliseconds. A single call may override it. @default 0 @example 60_000 */
  readonly minValidity?: number | undefined;
  /**
   * The API format that the program speaks: a value of `@tokenflow/dialects`. A call whose path does not serve its
   * model is translated to one that does.
   * @default no call is translated
   * @example responses // import { responses } from "@tokenflow/dialects"
   */
  readonly dialect?: CallTranslator | undefined;
  /** The function that sends requests, for example one with a proxy. @default the platform's `fetch` @example undiciFetch */
  readonly fetch?: typeof fetch | undefined;
  /** Measures the wait for the body of an error, and how long refused parts are remembered. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
  /**
   * Called once for the parts of a request that the API turned out not to know. For an hour they are left out of all
   * requests for that model before they are sent.
   * @default nothing is reported
   * @example ({ parts }) => console.warn(`Left out: ${parts.join(", ")}`)
   */
  readonly onLearned?: ((learned: LearnedParts) => void) | undefined;
}

/** The headers in which SDKs send a key, or a placeholder. */
const KEYS = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/** Shared by all functions of an upstream, so that one that is made for each request learns too. */
const learnedBy = new WeakMap<Upstream, LearnedRefusals>();

/**
 * Creates a standard `fetch` that adds the token and the upstream's headers, but only to requests to the upstream's
 * addresses, also along redirects. It repairs answers as the upstream says. If the API rejects the token, by its status
 * or in the first event of a stream, it tries once more with a new one. If the API names parts of the request that it
 * does not know, or does not know the model by its name, it tries again without those parts, four times in all, or with
 * the catalog's name. A body that was given as a stream is sent once. The body of a `Request` is read before it is sent.
 *
 * @example
 * ```ts
 * const fetch = createFetch(manager);
 * const answer = await fetch("https://api.example.com/v1/models");
 * ```
 *
 * @throws `provider.misconfigured` if there is neither an upstream nor `origins`. The returned function throws what
 * any `fetch` does, and the reason why there is no token: `session.signed_out`, `session.revoked`, …
 */
export function createFetch(manager: TokenManager, options: CreateFetchOptions = {}): TokenFetch {
  const {
    upstream = manager.provider.upstream,
    origins,
    minValidity: usualMinValidity,
    fetch: send = globalThis.fetch,
    clock = systemClock,
    dialect: translator,
    onLearned,
  } = options;
  const replaced = upstream?.replaces ?? [];
  const routeOf = upstream ? routesByUpstream(upstream) : routesByOrigins(manager, origins);
  const learned = upstream?.readRefusal ? learnedOf(upstream, clock) : undefined;
  const findModel =
    upstream && createFindModel(upstream, { http: createHttp({ fetch: send, clock }), clock });

  const tokenFetch: TokenFetch = async (input: string | URL | Request, callInit?: TokenRequestInit) => {
    const { minValidity = usualMinValidity, ...init } = callInit ?? {};
    const route = routeOf(new URL(input instanceof Request ? input.url : input));
    if (!route) return send(input, callInit && init);
    // The caller's own signal: a `Request` follows it by a weak reference, which may be gone during a long answer.
    const signal = init.signal === undefined && input instanceof Request ? input.signal : init.signal;
    const reading = readRequest(input, init, signal);
    const read = reading instanceof Promise ? await reading : reading;
    const { method, redirect, body, stream, isText } = read;
    const own = without(KEYS, read.headers);
    const kept = without(replaced, own);
    const json = body && isText ? () => body.json() : undefined;
    const request = { path: route.path, headers: own, ...(json ? { json } : {}) };
    const repair = route.repairAnswer(request);

    const sendTo = (url: URL, part: RequestInit): Promise<Response> =>
      send(url, {
        ...read.settings,
        ...init,
        signal: signal ?? null,
        ...(stream ? { duplex: "half" } : {}),
        ...part,
      });

    const attempt = async (token: Token): Promise<Attempt<Response>> => {
      const headers: Record<string, string> = { ...kept };
      for (const [name, value] of Object.entries(route.headers(request, token)))
        headers[name.toLowerCase()] = value;
      headers["authorization"] = token.authorization;
      const url = route.url(token);
      const starting =
        learned && !stream
          ? createRequestTries<FetchBody>({
              headers,
              body,
              host: url.host,
              model: json && asString(asObject(json())["model"]),
              learned,
              findName: findModel && (async (model) => (await findModel(model, token))?.id),
              onLearned: (parts) => onLearned?.(parts),
            })
          : undefined;
      const tries = starting instanceof Promise ? await starting : starting;
      const sendNow = (): Promise<Followed> => {
        const sent = tries?.sent() ?? { headers, body };
        const part = { method, headers: sent.headers, body: stream ?? sent.body?.content ?? null };
        if (redirect !== "follow") {
          return sendTo(url, { ...part, redirect }).then((response) => ({ response, covered: true }));
        }
        return followRedirects({ ...part, url, ownHeaders: kept }, sendTo, (other) =>
          route.covers(other, token),
        );
      };
      for (;;) {
        const { response, covered } = await sendNow();
        if (!covered) return { isTokenRejected: false, value: response };
        const { status, headers: told } = response;
        const isError = status >= 400;
        const peeked =
          route.mayRejectInStream && status === 200 && isEventStream(told)
            ? await peekEvent(response, clock)
            : undefined;
        const start = isError ? await peekBody(response, clock) : peeked?.start;
        const answer = start === undefined ? undefined : { status, headers: told, body: start, token };
        const isTokenRejected = answer !== undefined && route.isTokenRejected(answer);
        const refusal =
          isError && answer && tries && !isTokenRejected ? route.readRefusal(answer) : undefined;
        if (refusal && (await tries?.refused(refusal))) {
          discard(response);
          continue;
        }
        if (!isError && !isTokenRejected) tries?.accepted();
        const value = repairResponse(peeked?.response ?? response, repair?.(response));
        return { isTokenRejected, answer, value };
      }
    };

    const answering = withToken(
      manager,
      attempt,
      { signal: signal ?? undefined, minValidity, canRepeat: () => stream === undefined },
      discard,
    );
    return stream ? orCancel(answering, stream) : answering;
  };
  return translator && upstream && findModel
    ? translateCalls(tokenFetch, { manager, upstream, translator, findModel })
    : tokenFetch;
}

function without(
  names: readonly string[],
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (!names.some((name) => headers[name] !== undefined)) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

function learnedOf(upstream: Upstream, clock: Clock): LearnedRefusals {
  const known = learnedBy.get(upstream) ?? createLearnedRefusals(clock);
  learnedBy.set(upstream, known);
  return known;
}

/** Frees what a stream holds if nobody has read it, as `fetch` does. */
async function orCancel<T>(answering: Promise<T>, stream: ReadableStream): Promise<T> {
  try {
    return await answering;
  } catch (error) {
    if (!stream.locked) void stream.cancel(error).catch(() => undefined);
    throw error;
  }
}

function discard({ body }: Response): void {
  void body?.cancel().catch(() => undefined);
}
