import { type Clock, createTokenManager, type TokenFlowEvent, type TokenManager } from "@tokenflow/core";
import { type GrantReplay, systemClock } from "@tokenflow/core/provider";
import { createFileStore, type FileStore, type FileSystem } from "@tokenflow/store-file";
import { createRedisStore } from "@tokenflow/store-redis";
import { createChaosProvider } from "./chaos-provider.ts";

/** Where a session is and how its server behaves, as it goes from process to process. */
export interface SessionPlace {
  readonly folder: string;
  /** The address of the Redis that keeps it, instead of the folder. */
  readonly redis?: string | undefined;
  readonly url: string;
  readonly replay: GrantReplay;
}

export interface OpenSessionOptions extends SessionPlace {
  readonly clock?: Clock | undefined;
  readonly fs?: FileSystem | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly onEvent?: ((event: TokenFlowEvent) => void) | undefined;
  /** Puts its own hands between the manager and the store. */
  readonly wrap?: ((store: FileStore) => FileStore) | undefined;
}

/** Opens the shared session as any program would: a store of its own, a manager over it. */
export function openSession(options: OpenSessionOptions): TokenManager {
  const { folder, redis, url, replay, clock, fs, fetch, onEvent, wrap = (store) => store } = options;
  return createTokenManager({
    provider: createChaosProvider({ url, replay }),
    store: redis === undefined ? wrap(createFileStore({ folder, fs })) : createRedisStore({ url: redis }),
    clock,
    fetch,
    onEvent,
  });
}

/** A clock that runs like this machine's, and can be put forward. */
export interface ShiftedClock extends Clock {
  readonly shift: number;
  advance(milliseconds: number): void;
}

export function createShiftedClock(start = 0): ShiftedClock {
  let shift = start;
  return {
    get shift() {
      return shift;
    },
    advance(milliseconds) {
      shift += milliseconds;
    },
    now: () => systemClock.now() + shift,
    monotonicNow: () => systemClock.monotonicNow() + shift,
    sleep: systemClock.sleep,
  };
}
