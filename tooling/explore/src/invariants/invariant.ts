import type { WorldState } from "../world/facts.ts";

/** A sentence that is true in every state of every schedule. It has no memory: what happened is in `facts`. */
export interface Invariant {
  readonly rule: string;
  /** Returns what is wrong in this state. */
  check(state: WorldState): string | undefined;
}
