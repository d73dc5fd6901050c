import {
  type Clock,
  isTokenFlowError,
  type Model,
  type Token,
  type TokenFlowError,
  type TokenManager,
} from "@tokenflow/core";
import {
  abortable,
  createHttp,
  systemClock,
  type UpstreamAnswer,
  withTimeout,
} from "@tokenflow/core/provider";

export type Models = readonly Model[] | undefined;

/** Caches the models that each upstream serves. */
export interface ModelCatalogs {
  /**
   * Returns the models of a session's upstream, without a promise if they are cached. Returns `undefined` if the
   * upstream has no catalog or does not answer in time: then the upstream itself decides about a model.
   */
  modelsOf(manager: TokenManager, signal: AbortSignal): Models | Promise<Models>;
}

/** How long a catalog is used before it is read again in the background, in milliseconds. */
const FRESH_TTL = 600_000;
/** How long the first requests wait for it, in milliseconds. */
const READ_TIMEOUT = 2_000;
/** How long after a failure it is not read again, in milliseconds. */
const RETRY_DELAY = 5_000;

interface Entry {
  models?: Models;
  reading?: Promise<void> | undefined;
  /** When it is read next, by the monotonic clock. */
  nextAt: number;
  /** It timed out: no request waits again until it has been read. */
  isSlow: boolean;
}

export function createModelCatalogs(clock: Clock = systemClock): ModelCatalogs {
  const http = createHttp();
  const entries = new WeakMap<TokenManager, Entry>();

  /** Replaces a rejected token once, as any request does. The request itself will meet a second rejection. */
  const readModels = async (manager: TokenManager, isSecond = false): Promise<Models> => {
    const token = await manager.getToken();
    try {
      return await manager.provider.upstream?.models?.(token, { http, clock });
    } catch (error) {
      if (isSecond || !isTokenFlowError(error, "token.rejected")) throw error;
      manager.reject(token, rejectionOf(error, token));
      return readModels(manager, true);
    }
  };

  const refresh = async (manager: TokenManager, entry: Entry): Promise<void> => {
    try {
      entry.models = await readModels(manager);
      entry.nextAt = clock.monotonicNow() + FRESH_TTL;
      entry.isSlow = false;
    } catch {
      // Keep the cached models. The request itself will meet the error.
      entry.nextAt = clock.monotonicNow() + RETRY_DELAY;
    }
    entry.reading = undefined;
  };

  const waitFor = async (entry: Entry, reading: Promise<void>, signal: AbortSignal): Promise<Models> => {
    const onTimeout = (): void => {
      entry.isSlow = true;
    };
    await withTimeout(abortable(reading, signal), { clock, timeout: READ_TIMEOUT, onTimeout });
    return entry.models;
  };

  return {
    modelsOf(manager, signal) {
      if (!manager.provider.upstream?.models) return undefined;
      const entry = entries.get(manager) ?? { nextAt: 0, isSlow: false };
      entries.set(manager, entry);
      if (clock.monotonicNow() >= entry.nextAt) entry.reading ??= refresh(manager, entry);
      const { models, isSlow, reading } = entry;
      return models || isSlow || !reading ? models : waitFor(entry, reading, signal);
    },
  };
}

/** Returns the answer that an error was made of, as far as it tells: its status, and the service's words. */
function rejectionOf({ status = 401, message, reason = "" }: TokenFlowError, token: Token): UpstreamAnswer {
  return { status, headers: new Headers(), body: `${message} ${reason}`.trimEnd(), token };
}
