import { isTokenFlowError } from "@tokenflow/core";
import {
  type Call,
  type HttpAnswer,
  omitUndefined,
  type Stopwatch,
  startStopwatch,
} from "@tokenflow/core/provider";
import { type Discovered, discover, type Server } from "./discovery.ts";
import type { EndpointSource, OAuthEndpoints } from "./endpoints.ts";

/** Metadata has no lifetime of its own (RFC 8414), and servers move their endpoints. */
const TTL = 3_600_000;
/** Statuses of an endpoint that has moved. Requests with credentials follow no redirect. */
const GONE: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 404, 405, 410]);

export interface EndpointCache {
  /**
   * Returns the server's endpoints, with the one that is needed if any document has it.
   * @throws the errors of `discover`, each with `grantUnused`, if no endpoint is known or the document is not trusted
   */
  server(call: Call, needs: keyof OAuthEndpoints): Promise<Server>;
  /** Passes an endpoint's answer on. If the endpoint seems to have moved, the metadata is read again before its next use. */
  watch(request: Promise<HttpAnswer>): Promise<HttpAnswer>;
}

interface Known extends Discovered {
  readonly age: Stopwatch;
}

/** Keeps configured endpoints as they are. Reads those of an issuer again after an hour, or after a failure. */
export function createEndpointCache(source: EndpointSource): EndpointCache {
  const { issuer, origins = [] } = source;
  const endpoints: Server = omitUndefined({ ...source.endpoints });
  let known: Known | undefined;
  let stale = false;

  const read = async (issuer: string, needs: keyof OAuthEndpoints, call: Call): Promise<Server> => {
    const discovered = await discover({ issuer, origins, endpoints, needs }, call);
    known = { ...discovered, age: startStopwatch(call.clock) };
    stale = false;
    return known.server;
  };

  return {
    async server(call, needs) {
      if (issuer === undefined) return endpoints;
      const last = known;
      const isFresh = last && !stale && last.age.elapsed() < TTL;
      if (isFresh && (last.server[needs] !== undefined || last.isComplete)) return last.server;
      return read(issuer, needs, call).catch((error: unknown) => {
        // The known endpoints may still be right: a session must not end because the metadata is unavailable for a while.
        const isUnavailable =
          isTokenFlowError(error, "provider.unavailable") || isTokenFlowError(error, "provider.malformed");
        if (last && isUnavailable) return last.server;
        // What the caller gave needs no document.
        if (endpoints[needs] !== undefined) return endpoints;
        throw error;
      });
    },

    async watch(request) {
      try {
        const answer = await request;
        if (GONE.has(answer.status)) stale = true;
        return answer;
      } catch (error) {
        if (isTokenFlowError(error, "provider.unavailable")) stale = true;
        throw error;
      }
    },
  };
}
