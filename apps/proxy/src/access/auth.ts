import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isLoopback } from "@tokenflow/core/provider";
import { RequestError } from "../answers/request-error.ts";
import type { Limits } from "./concurrency-limiter.ts";

/** A secret that callers present, as `Authorization: Bearer …` or as `x-api-key`. */
export interface ProxyKey {
  /** Names it in logs, metrics and settings; not a secret. */
  readonly name: string;
  readonly secret: string;
  /** Only this provider's sessions, `copilot`, or only this session, `copilot@work`. @default all of them */
  readonly session?: string | undefined;
  /** What callers with this key may ask, all together. @default no limit of its own */
  readonly limits?: Limits | undefined;
}

const HOST = "host";
/** What nearly every caller writes needs no parsing. */
const PLAIN_HOST = /^(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/;

/** Who may use the proxy. Each throws a {@link RequestError}. */
export interface Auth {
  /**
   * Keeps web pages out: foreign ones by their `Origin`, rebound host names by `Host`. Answers the origin of a
   * foreign page that is on the list.
   */
  requireLocalCaller(request: IncomingMessage): string | undefined;
  /** Answers the caller's key; `undefined` where none is wanted. */
  requireKey(request: IncomingMessage): ProxyKey | undefined;
  /** Whether `requireKey` would let this request in. */
  admits(request: IncomingMessage): boolean;
}

/** @param origins pages that may use the proxy from a browser, as `Origin` spells them */
export function createAuth(keys: readonly ProxyKey[], origins: readonly string[] = []): Auth {
  const digests = keys.map(({ secret }) => digest(secret));

  const keyOf = ({ headers }: IncomingMessage): ProxyKey | undefined => {
    const apiKey = headers["x-api-key"];
    const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
    const presented = [bearer, typeof apiKey === "string" ? apiKey : undefined]
      .filter((key) => key !== undefined)
      .map(digest);
    // Digests have one length, and every pair is compared: the time tells nothing.
    const matches = digests.map((other) => presented.filter((one) => timingSafeEqual(one, other)).length > 0);
    return keys[matches.indexOf(true)];
  };

  return {
    requireLocalCaller({ headers, rawHeaders }) {
      const { host = "", origin } = headers;
      if (hostsIn(rawHeaders) !== 1) {
        throw new RequestError("request.malformed", "A request has exactly one Host header.");
      }
      // A page that rebound its own name to 127.0.0.1 is same-origin to itself, but it cannot know a key.
      if (digests.length === 0 && !namesLoopback(host)) {
        throw new RequestError(
          "request.foreign_host",
          "The Host header names another machine. Use the address that the proxy printed, or give it a key.",
        );
      }
      const site = headers["sec-fetch-site"];
      if (origin !== undefined && origins.includes(origin)) return origin;
      const foreign = origin !== undefined && URL.parse(origin)?.host !== host.toLowerCase();
      if (foreign || (site !== undefined && site !== "same-origin" && site !== "none")) {
        throw new RequestError(
          "request.foreign_origin",
          "Web pages of other origins may not use this proxy.",
        );
      }
      return undefined;
    },

    admits: (request) => digests.length === 0 || keyOf(request) !== undefined,

    requireKey(request) {
      if (digests.length === 0) return undefined;
      const key = keyOf(request);
      if (!key) {
        throw new RequestError(
          "request.unauthorized",
          "This proxy wants its key. Send it as `Authorization: Bearer …` or as `x-api-key`.",
          { "www-authenticate": "Bearer" },
        );
      }
      return key;
    },
  };
}

function digest(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** How many `Host` headers there are, of names and values in turn: node keeps the first one alone. */
function hostsIn(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts += 1;
  }
  return hosts;
}

function namesLoopback(host: string): boolean {
  return PLAIN_HOST.test(host) || isLoopback(URL.parse(`http://${host}`)?.hostname ?? "");
}
