/** Whether `TOKENFLOW_LIVE` asks for the service itself, which nothing here can start; says so where it does not. */
export function isLive(id: string, name: string): boolean {
  const live = process.env["TOKENFLOW_LIVE"] === id;
  if (!live) process.stderr.write(`Skipped: ${name} itself (TOKENFLOW_LIVE=${id} asks it)\n`);
  return live;
}

export interface Assumptions {
  /** Those that hold no longer. */
  readonly changed: readonly string[];
  /** Says whether it holds; one that throws does not, and does not keep the others from being tried. */
  check(assumption: string, holds: () => boolean | Promise<boolean>): Promise<void>;
}

/** What we take for granted of a live service, tried one by one and told to whoever watches. */
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
