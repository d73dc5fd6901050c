import {
  type Acquired,
  type Clock,
  isTokenFlowError,
  type Provider,
  type SessionStatus,
  Token,
  type TokenManager,
} from "@tokenflow/core";
import type { Channel } from "./channel.ts";
import { fromWire, type WireError } from "./wire-error.ts";

/** A token as a message, with its secret. */
export type WireToken = ConstructorParameters<typeof Token>[0];

/** The API's answer that rejected a token. */
export interface WireRejection {
  readonly session: number;
  readonly token: WireToken;
  readonly answer?: { readonly status: number; readonly headers: [string, string][]; readonly body: string };
}

export interface WireStatus {
  readonly status: SessionStatus;
  /** True if the worker's token is still the one that the primary hands out. */
  readonly isCurrent: boolean;
}

export type WireAcquired =
  | { readonly status: "authorized"; readonly token: WireToken }
  | Extract<Acquired, { readonly status: "pending" }>
  | { readonly status: "failed"; readonly error: WireError };

export function toWireToken(token: Token): WireToken {
  const { accessToken, tokenType, scope, issuedAt, expiresAt, dueAt, details } = token;
  return { accessToken, tokenType, scope, issuedAt, expiresAt, dueAt, details };
}

export interface RemoteManagerOptions {
  readonly provider: Provider;
  readonly account: string;
  /** The place of the session in the primary's list. */
  readonly session: number;
  readonly channel: Channel;
  readonly clock: Clock;
}

/**
 * A manager that holds a token and no session. The primary alone has the grant, the store and the lock, so that a killed
 * worker loses nothing.
 */
export function createRemoteManager({
  provider,
  account,
  session,
  channel,
  clock,
}: RemoteManagerOptions): TokenManager {
  let held: Token | undefined;
  const fresh = (): Token | undefined => {
    const now = clock.now();
    return held && !held.isExpired(now) && now < (held.dueAt ?? Number.POSITIVE_INFINITY) ? held : undefined;
  };
  const nothing = async (): Promise<void> => undefined;
  const notHere = async (): Promise<never> => {
    throw new Error("Only the primary can do this with a session");
  };
  return {
    provider,
    account,
    peek: fresh,
    async getToken({ signal, minValidity = 0, forceRefresh = false } = {}) {
      signal?.throwIfAborted();
      const known = minValidity === 0 && !forceRefresh ? fresh() : undefined;
      if (known) return known;
      const ask = { session, minValidity, forceRefresh };
      held = new Token(await channel.ask<WireToken>("get_token", ask, signal));
      return held;
    },
    async acquire({ signal } = {}) {
      const acquired = await channel.ask<WireAcquired>("sign_in", session, signal);
      switch (acquired.status) {
        case "authorized":
          held = new Token(acquired.token);
          return { status: "authorized", token: held };
        case "failed": {
          const error = fromWire(acquired.error);
          if (!isTokenFlowError(error)) throw error;
          return { status: "failed", error };
        }
        case "pending":
          return acquired;
      }
    },
    reject(token, answer) {
      if (held?.authorization === token.authorization) held = undefined;
      const { status, headers, body } = answer ?? {};
      const rejection: WireRejection = {
        session,
        token: toWireToken(token),
        ...(status !== undefined && headers && body !== undefined
          ? { answer: { status, headers: [...headers], body } }
          : {}),
      };
      channel.post("reject", rejection);
    },
    async status() {
      const asked = held;
      const ask = { session, authorization: asked?.authorization };
      const { status, isCurrent } = await channel.ask<WireStatus>("status", ask);
      if (!isCurrent && held === asked) held = undefined;
      return status;
    },
    signIn: notHere,
    signOut: notHere,
    usage: notHere,
    start: nothing,
    close: nothing,
    [Symbol.asyncDispose]: nothing,
  };
}
