const cleanups = new Set<() => void>();
let isRegistered = false;

/** Runs a synchronous cleanup when this process exits, unless the returned function was called before. */
export function atExit(cleanup: () => void): () => void {
  if (!isRegistered) {
    isRegistered = true;
    process.on("exit", () => {
      for (const each of cleanups) each();
    });
  }
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}
