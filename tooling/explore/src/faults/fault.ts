/** A fault of the engine that was repaired or avoided, put back into a copy of its sources. */
export interface Fault {
  readonly name: string;
  /** Changes of core's sources. Each text to find must be there exactly once. */
  readonly edits: readonly Edit[];
  /** The scenarios that find it, and what must be able to go wrong. */
  readonly scenarios: readonly string[];
  readonly hazards: readonly string[];
  readonly preemptions?: number;
  readonly incidents?: number;
}

export interface Edit {
  /** A path below `packages/core/src`. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export const edit = (file: string, find: string, put: string): Edit => ({ file, find, put });
