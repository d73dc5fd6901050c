import { type Profiler, Session } from "node:inspector";

/** The code that was reached so far in this thread. */
export interface Coverage extends Disposable {
  /** Returns true if code was reached since the last call that was never reached before. */
  hasReachedNew(): boolean;
  /** Forgets what was reached. */
  forget(): void;
}

/**
 * Begins to watch which blocks of code are reached, as V8 counts them.
 * @param isWatched tells which files count, by their URLs
 */
export function watchCoverage(isWatched: (url: string) => boolean): Coverage {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  /** For each file, a byte for each character of the source: 1 if it was reached. */
  const reached = new Map<string, Uint8Array>();

  const take = (): Profiler.ScriptCoverage[] => {
    let taken: Profiler.ScriptCoverage[] = [];
    // In the same thread the answer comes before `post` returns.
    session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error) throw error;
      taken = result;
    });
    return taken.filter(({ url }) => isWatched(url));
  };

  return {
    hasReachedNew() {
      let isNew = false;
      for (const { url, functions } of take()) {
        const size = Math.max(...functions.map(({ ranges }) => ranges[0]?.endOffset ?? 0));
        const now = new Uint8Array(size);
        // Inner functions and blocks come after those around them.
        for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges))
          now.fill(count > 0 ? 1 : 0, startOffset, endOffset);
        const before = reached.get(url) ?? new Uint8Array(0);
        const all = before.length < size ? new Uint8Array(size) : before;
        if (all !== before) all.set(before);
        reached.set(url, all);
        for (let at = 0; at < size; at += 1) {
          if (now[at] === 1 && all[at] !== 1) {
            all[at] = 1;
            isNew = true;
          }
        }
      }
      return isNew;
    },
    forget: () => reached.clear(),
    [Symbol.dispose]() {
      session.disconnect();
    },
  };
}
