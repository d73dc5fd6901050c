import { type Clock, isTokenFlowError, type Model, type TokenManager } from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";

export type Models = readonly Model[] | undefined;

/** What the upstreams serve, as far as that is known. */
export interface ModelCatalogs {
  /**
   * The models of a session's upstream; `undefined` where it has no catalogue, or does not tell in time: then
   * the upstream itself has the word. What is known is answered without a promise.
   */
  modelsOf(manager: TokenManager, signal: AbortSignal): Models | Promise<Models>;
}

/** How long a catalogue is used before it is asked for again, behind the requests; in milliseconds. */
const FRESH = 600_000;
/** How long the first requests wait for it. */
const READ_TIMEOUT = 2_000;
/** How long after a failure it is not asked for again. */
const PAUSE = 5_000;

interface Entry {
  models?: Models;
  reading?: Promise<void> | undefined;
  /** When it is asked for next, in milliseconds of the monotonic clock. */
  nextAt: number;
  /** It did not come in time: nobody waits again until it came. */
  isSlow: boolean;
}

export function createModelCatalogs(clock: Clock = systemClock): ModelCatalogs {
  const http = createHttp();
  const entries = new WeakMap<TokenManager, Entry>();

  /** A refused token is replaced once, as for any request; a second refusal is left for the request to meet. */
  const ask = async (manager: TokenManager, isSecond = false): Promise<Models> => {
    const token = await manager.getToken();
    try {
      return await manager.provider.upstream?.models?.(token, { http, clock });
    } catch (error) {
      if (isSecond || !isTokenFlowError(error, "token.rejected")) throw error;
      manager.reject(token);
      return ask(manager, true);
    }
  };

  const read = async (manager: TokenManager, entry: Entry): Promise<void> => {
    try {
      entry.models = await ask(manager);
      entry.nextAt = clock.monotonicNow() + FRESH;
      entry.isSlow = false;
    } catch {
      // What is known stays; the request itself meets what is wrong.
      entry.nextAt = clock.monotonicNow() + PAUSE;
    }
    entry.reading = undefined;
  };

  const waitFor = async (entry: Entry, signal: AbortSignal): Promise<Models> => {
    const done = new AbortController();
    await Promise.race([
      entry.reading,
      clock.sleep(READ_TIMEOUT, { signal: AbortSignal.any([signal, done.signal]) }).then(() => {
        entry.isSlow = true;
      }),
    ]).finally(() => done.abort());
    return entry.models;
  };

  return {
    modelsOf(manager, signal) {
      if (!manager.provider.upstream?.models) return undefined;
      const entry = entries.get(manager) ?? { nextAt: 0, isSlow: false };
      entries.set(manager, entry);
      if (clock.monotonicNow() >= entry.nextAt) entry.reading ??= read(manager, entry);
      return entry.models || entry.isSlow || !entry.reading ? entry.models : waitFor(entry, signal);
    },
  };
}
