import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isLoopback } from "@tokenflow/core/provider";
import { RequestError } from "../answers/request-error.ts";
import type { Limits } from "./concurrency-limiter.ts";

/**
 * A secret that callers send as `Authorization: Bearer …` or as `x-api-key`.
 * @example { name: "ci", secret: "…", session: "copilot@ci", limits: { requestsPerMinute: 60 } }
 */
export interface ProxyKey {
  /** Identifies the key in logs, metrics and settings; not a secret. @example "laptop" */
  readonly name: string;
  /** The key itself, which callers present. @example process.env.TOKENFLOW_PROXY_KEY */
  readonly secret: string;
  /**
   * Restricts the key to one provider (`copilot`) or one account (`copilot@work`).
   * @default every session
   * @example "copilot@work"
   */
  readonly session?: string | undefined;
  /**
   * The requests that the key allows, as a method and a path below `/v1`. The last segment may be `*`, and `*` as the
   * method means all of them. A key with rules opens no dashboard.
   * @default every request that the proxy serves
   * @example ["GET /models", "POST /chat/completions"]
   */
  readonly allow?: readonly string[] | undefined;
  /**
   * The web pages that may use the key, out of the proxy's `origins`. A key for pages opens no dashboard.
   * @default all of those
   * @example ["https://app.example.org"]
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * Limits for all callers with this key together.
   * @default no limits besides the proxy's
   * @example { requestsPerMinute: 60 }
   */
  readonly limits?: Limits | undefined;
}

/** Nearly every caller sends one of these, and they need no parsing. */
const PLAIN_HOST = /^(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/;

/** Decides who may use the proxy. Both `require` methods throw a {@link RequestError}. */
export interface Auth {
  /**
   * Rejects web pages: those of other origins by `Origin`, those that rebound a host name by `Host`.
   * @returns the origin of a page on the allowlist
   */
  requireLocalCaller(request: IncomingMessage): string | undefined;
  /** Returns the caller's key, or `undefined` if the proxy has no keys. */
  requireKey(request: IncomingMessage): ProxyKey | undefined;
  /** Returns true if `requireKey` would accept this request. */
  hasAccess(request: IncomingMessage): boolean;
  /** Returns true if the request presents any key. */
  presentsKey(request: IncomingMessage): boolean;
}

/** @param origins web pages that may use the proxy, as they appear in `Origin` */
export function createAuth(keys: readonly ProxyKey[], origins: readonly string[] = []): Auth {
  const digests = keys.map(({ secret }) => digest(secret));

  const keyOf = ({ headers }: IncomingMessage): ProxyKey | undefined => {
    const apiKey = headers["x-api-key"];
    const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
    const presented = [bearer, typeof apiKey === "string" ? apiKey : undefined]
      .filter((key) => key !== undefined)
      .map(digest);
    // All digests have one length and every pair is compared, so the time reveals nothing about a key.
    const matches = digests.map((other) => presented.filter((one) => timingSafeEqual(one, other)).length > 0);
    return keys[matches.indexOf(true)];
  };

  return {
    requireLocalCaller({ headers }) {
      const { host = "", origin } = headers;
      // A page that rebound its own host name to 127.0.0.1 is same-origin to itself, but it cannot know a key.
      if (digests.length === 0 && !namesLoopback(host)) {
        throw new RequestError(
          "request.foreign_host",
          "The Host header names another machine. Use the address that the proxy printed, or set a key for the proxy.",
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

    presentsKey: ({ headers }) => headers.authorization !== undefined || headers["x-api-key"] !== undefined,

    hasAccess: (request) => digests.length === 0 || keyOf(request) !== undefined,

    requireKey(request) {
      if (digests.length === 0) return undefined;
      const key = keyOf(request);
      if (!key) {
        throw new RequestError(
          "request.unauthorized",
          "This proxy requires a key. Send it as `Authorization: Bearer …` or as `x-api-key`.",
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

function namesLoopback(host: string): boolean {
  return PLAIN_HOST.test(host) || isLoopback(URL.parse(`http://${host}`)?.hostname ?? "");
}
