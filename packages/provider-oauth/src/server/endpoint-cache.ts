import { isTokenFlowError } from "@tokenflow/core";
import { type Call, type HttpAnswer, type Stopwatch, startStopwatch } from "@tokenflow/core/provider";
import { discover, type EndpointSource, type Server } from "./discovery.ts";

/** Metadata has no lifetime of its own (RFC 8414), and servers move their endpoints. */
const TTL = 3_600_000;
/** Statuses of an endpoint that has moved. Requests with credentials follow no redirect. */
const GONE: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 404, 405, 410]);

export interface EndpointCache {
  /**
   * Returns the server's endpoints.
   * @throws the errors of `discover`, each with `grantUnused`, if no endpoint is known or the document is not trusted
   */
  server(call: Call): Promise<Server>;
  /** Passes an endpoint's answer on. If the endpoint seems to have moved, the metadata is read again before its next use. */
  watch(request: Promise<HttpAnswer>): Promise<HttpAnswer>;
}

interface Known {
  readonly server: Server;
  readonly age: Stopwatch;
}

/** Keeps configured endpoints as they are. Reads those of an issuer again after an hour, or after a failure. */
export function createEndpointCache({ issuer, endpoints, origins = [] }: EndpointSource): EndpointCache {
  let known: Known | undefined;
  let stale = false;

  const read = async (issuer: string, call: Call): Promise<Server> => {
    const server = await discover({ issuer, origins }, call);
    known = { server, age: startStopwatch(call.clock) };
    stale = false;
    return server;
  };

  return {
    async server(call) {
      if (issuer === undefined) return endpoints;
      if (!known) return read(issuer, call);
      const { server, age } = known;
      if (!stale && age.elapsed() < TTL) return server;
      return read(issuer, call).catch((error: unknown) => {
        // The known endpoints may still be right: a session must not end because the metadata is unavailable for a while.
        const isUnavailable =
          isTokenFlowError(error, "provider.unavailable") || isTokenFlowError(error, "provider.malformed");
        if (isUnavailable) return server;
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
