import { Token, TokenFlowError, type TokenManager } from "@tokenflow/core";
import type { Channel } from "./channel.ts";
import type { PrimaryState } from "./primary-state.ts";
import {
  toWireToken,
  type WireAcquired,
  type WireRejection,
  type WireStatus,
  type WireToken,
} from "./remote-manager.ts";
import type { WireHealth, WirePause } from "./remote-parts.ts";
import type { WorkerHandlers } from "./serve-limits.ts";
import { toWire } from "./wire-error.ts";

interface TokenRequest {
  readonly session: number;
  readonly minValidity: number;
  readonly forceRefresh: boolean;
}

interface StatusRequest {
  readonly session: number;
  readonly authorization?: string | undefined;
}

/**
 * Hands tokens to one worker, hears what the upstreams answered it, and tells if the sessions can serve.
 * @param others returns the channels of the other workers
 */
export function serveSessions(
  { managers, parts, isClosing }: PrimaryState,
  others: () => readonly Channel[],
): WorkerHandlers {
  const at = (session: number): TokenManager => {
    const manager = managers[session];
    if (!manager) throw new RangeError("No such session");
    return manager;
  };
  return {
    posts: {
      reject({ session, token, answer }: WireRejection) {
        const rejected = new Token(token);
        at(session).reject(
          rejected,
          answer && { ...answer, headers: new Headers(answer.headers), token: rejected },
        );
      },
      pause(pause: WirePause) {
        parts.backoff.record(at(pause.session), pause);
        for (const channel of others()) {
          channel.post("pause", pause);
          channel.flush();
        }
      },
      health({ session, isReached }: WireHealth) {
        if (isReached) parts.health.reached(at(session));
        else parts.health.failed(at(session), new TokenFlowError("provider.unavailable", "Not reached"));
      },
    },
    asks: {
      get_token: async ({ session, ...options }: TokenRequest, signal: AbortSignal): Promise<WireToken> =>
        toWireToken(await at(session).getToken({ ...options, signal })),
      async status({ session, authorization }: StatusRequest): Promise<WireStatus> {
        const manager = at(session);
        const status = await manager.status();
        return { status, isCurrent: manager.peek()?.authorization === authorization };
      },
      async sign_in(session: number, signal: AbortSignal): Promise<WireAcquired> {
        const acquired = await at(session).acquire({ signal });
        if (acquired.status === "authorized") return { ...acquired, token: toWireToken(acquired.token) };
        if (acquired.status === "failed") return { ...acquired, error: toWire(acquired.error) };
        return acquired;
      },
      readiness: () => parts.readReadiness(isClosing()),
    },
    close: () => undefined,
  };
}
