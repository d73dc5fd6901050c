import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isLoopback } from "@tokenflow/core";
import { RequestError } from "./request-error.ts";

/** A secret that callers present, as `Authorization: Bearer …` or as `x-api-key`. */
export interface ProxyKey {
  /** Names it in logs and settings; not a secret. */
  readonly name: string;
  readonly secret: string;
}

/** Who may use the proxy. Each throws a {@link RequestError}. */
export interface Guard {
  /** Keeps web pages out: foreign ones by their `Origin`, rebound host names by `Host`. */
  requireLocalCaller(request: IncomingMessage): void;
  requireKey(request: IncomingMessage): void;
}

export function createGuard(keys: readonly ProxyKey[]): Guard {
  const digests = keys.map(({ secret }) => digest(secret));

  return {
    requireLocalCaller({ headers, headersDistinct }) {
      const { host = "", origin } = headers;
      if (headersDistinct["host"]?.length !== 1) {
        throw new RequestError("request.malformed", "A request has exactly one Host header.");
      }
      // A page that rebound its own name to 127.0.0.1 is same-origin to itself, but it cannot know a key.
      if (digests.length === 0 && !isLoopback(hostnameOf(host))) {
        throw new RequestError(
          "request.foreign_host",
          "The Host header names another machine. Use the address that the proxy printed, or give it a key.",
        );
      }
      const site = headers["sec-fetch-site"];
      const foreign = origin !== undefined && URL.parse(origin)?.host !== host.toLowerCase();
      if (foreign || (site !== undefined && site !== "same-origin" && site !== "none")) {
        throw new RequestError(
          "request.foreign_origin",
          "Web pages of other origins may not use this proxy.",
        );
      }
    },

    requireKey({ headers }) {
      if (digests.length === 0) return;
      const apiKey = headers["x-api-key"];
      const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
      const presented = [bearer, typeof apiKey === "string" ? apiKey : undefined]
        .filter((key) => key !== undefined)
        .map(digest);
      // Digests have one length, and every pair is compared: the time tells nothing.
      const matches = presented.flatMap((one) => digests.map((other) => timingSafeEqual(one, other)));
      if (!matches.includes(true)) {
        throw new RequestError(
          "request.unauthorized",
          "This proxy wants its key. Send it as `Authorization: Bearer …` or as `x-api-key`.",
          { "www-authenticate": "Bearer" },
        );
      }
    },
  };
}

function digest(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

function hostnameOf(host: string): string {
  return URL.parse(`http://${host}`)?.hostname ?? "";
}
