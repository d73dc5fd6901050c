import type { Clock } from "./clock.ts";
import type { RefreshPhases } from "./events.ts";

/** Measures the parts of one refresh, one after the other. */
export interface PhaseTimer {
  /** Ends a part: it took the time since the end of the one before it. A part that is repeated adds up. */
  end(phase: keyof RefreshPhases): void;
  readonly phases: RefreshPhases;
}

export function startPhaseTimer(clock: Pick<Clock, "monotonicNow">): PhaseTimer {
  const phases = { lock: 0, intent: 0, redeem: 0, commit: 0 };
  let last = clock.monotonicNow();
  return {
    end(phase) {
      const now = clock.monotonicNow();
      phases[phase] += now - last;
      last = now;
    },
    get phases() {
      return { ...phases };
    },
  };
}
