import { type Clock, isTokenFlowError } from "@tokenflow/core";
import type { Call, HttpAnswer } from "@tokenflow/core/provider";
import { discover, type Server } from "./discovery.ts";
import type { OAuthProviderOptions } from "./oauth-provider-options.ts";

/** Metadata names no life of its own (RFC 8414), and servers move their endpoints. */
const TTL = 3_600_000;
/** What servers in front say of an address where nothing is any more; a redirect is not followed with credentials. */
const GONE: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 404, 405, 410]);

export interface Directory {
  /**
   * Where the server answers now.
   * @throws what `discover` throws, each with `grantUnused`, where no address is known, or the document cannot be believed
   */
  server(call: Call): Promise<Server>;
  /** Hands on what an endpoint answers. One that seems to have moved is looked up again before its next use. */
  watch(asked: Promise<HttpAnswer>): Promise<HttpAnswer>;
}

interface Known {
  readonly server: Server;
  readonly at: number;
  readonly elapsed: number;
}

/** Endpoints that were given stay as they are. Those of an issuer are read again after an hour, or once they fail. */
export function createDirectory({ issuer, endpoints, origins = [] }: OAuthProviderOptions): Directory {
  let known: Known | undefined;
  let doubted = false;

  const read = async (issuer: string, call: Call): Promise<Server> => {
    const server = await discover({ issuer, origins }, call);
    known = { server, at: call.clock.now(), elapsed: call.clock.monotonicNow() };
    doubted = false;
    return server;
  };

  return {
    async server(call) {
      if (issuer === undefined) return endpoints;
      if (!known) return read(issuer, call);
      const { server } = known;
      if (!doubted && ageOf(known, call.clock) < TTL) return server;
      return read(issuer, call).catch((error: unknown) => {
        // What is known may still be right, and a session must not end because a document is away for a while.
        const isAway =
          isTokenFlowError(error, "provider.unavailable") || isTokenFlowError(error, "provider.malformed");
        if (isAway) return server;
        throw error;
      });
    },

    async watch(asked) {
      try {
        const answer = await asked;
        if (GONE.has(answer.status)) doubted = true;
        return answer;
      } catch (error) {
        if (isTokenFlowError(error, "provider.unavailable")) doubted = true;
        throw error;
      }
    },
  };
}

/** By both clocks: the monotonic one stands still in sleep, the other one may be set back. */
function ageOf({ at, elapsed }: Known, clock: Clock): number {
  return Math.max(clock.now() - at, clock.monotonicNow() - elapsed);
}
