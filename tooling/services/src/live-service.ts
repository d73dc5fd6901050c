/** Returns true if `TOKENFLOW_LIVE` names this service, which nothing here can start. Otherwise prints that its test is skipped. */
export function isLive(id: string, name: string): boolean {
  const live = process.env["TOKENFLOW_LIVE"] === id;
  if (!live) process.stderr.write(`Skipped: ${name} itself (TOKENFLOW_LIVE=${id} asks it)\n`);
  return live;
}

export interface Assumptions {
  /** The assumptions that no longer hold. */
  readonly changed: readonly string[];
  /** Tries an assumption and prints the result. One that throws does not hold, and does not stop the others. */
  check(assumption: string, holds: () => boolean | Promise<boolean>): Promise<void>;
}

/** Tries our assumptions about a live service one by one. */
export function createAssumptions(): Assumptions {
  const changed: string[] = [];
  return {
    changed,
    async check(assumption, holds) {
      const held = await (async () => holds())().catch((error: unknown) => {
        process.stderr.write(`         ${error instanceof Error ? error.message : "Something was thrown"}\n`);
        return false;
      });
      process.stderr.write(`${held ? "holds  " : "CHANGED"}  ${assumption}\n`);
      if (!held) changed.push(assumption);
    },
  };
}
