import { type Clock, TokenFlowError, type TokenManager } from "@tokenflow/core";
import { parseRetryAfter } from "@tokenflow/core/provider";

/** An answer with status 429. */
export interface RateLimit {
  /** The model that the limit is about; absent if it is about the session. */
  readonly model?: string | undefined;
  readonly retryAfter: string | undefined;
}

/** Keeps track of sessions, and of single models, that their upstream rate-limits. */
export interface RateLimitBackoff {
  /** Records a 429 and its `Retry-After`. */
  record(manager: TokenManager, limit: RateLimit): void;
  /** Returns the end of the session's pause, in milliseconds since 1970; `undefined` if it is not paused. */
  until(manager: TokenManager): number | undefined;
  /** @throws `provider.rate_limited` with the rest of the pause, if the session or the model is paused */
  require(manager: TokenManager, model?: string): void;
}

interface Pause {
  readonly monotonicEnd: number;
  readonly endsAt: number;
}

/** A pause of the whole session. No model has this name. */
const SESSION = "";
/** The models' names come from callers, so their number is bounded. The oldest pauses are forgotten first. */
const MAX_PAUSES = 256;

export function createRateLimitBackoff(clock: Clock): RateLimitBackoff {
  const sessions = new WeakMap<TokenManager, Map<string, Pause>>();
  const find = (manager: TokenManager, model: string): Pause | undefined => {
    const pause = sessions.get(manager)?.get(model);
    return pause && pause.monotonicEnd > clock.monotonicNow() ? pause : undefined;
  };

  return {
    record(manager, { model = SESSION, retryAfter }) {
      const wait = parseRetryAfter(retryAfter ?? null, clock.now()) ?? 0;
      const monotonicEnd = clock.monotonicNow() + wait;
      if (wait <= 0 || monotonicEnd <= (find(manager, model)?.monotonicEnd ?? 0)) return;
      const pauses = sessions.get(manager) ?? new Map<string, Pause>();
      sessions.set(manager, pauses);
      pauses.delete(model);
      pauses.set(model, { monotonicEnd, endsAt: clock.now() + wait });
      const [oldest] = pauses.keys();
      if (pauses.size > MAX_PAUSES && oldest !== undefined) pauses.delete(oldest);
    },
    until: (manager) => find(manager, SESSION)?.endsAt,
    require(manager, model = SESSION) {
      const session = find(manager, SESSION);
      const pause = session ?? find(manager, model);
      if (!pause) return;
      const wait = pause.monotonicEnd - clock.monotonicNow();
      const { name } = manager.provider;
      const seconds = Math.ceil(wait / 1000);
      throw new TokenFlowError(
        "provider.rate_limited",
        `${name} rate-limits ${session ? "this session" : model}`,
        {
          status: 429,
          retryAfter: wait,
          hint: session ? `Try again in ${seconds} s.` : `Try again in ${seconds} s, or use another model.`,
        },
      );
    },
  };
}
