/** Waiting callers by path. A path is present while a caller has the turn. Shared by all stores of the process. */
const queues = new Map<string, (() => void)[]>();

/** Returns `true` if a caller in this process has the turn at this path. */
export function isTaken(path: string): boolean {
  return queues.has(path);
}

/** Waits for the turn, first come, first served among the callers of this process. Returns the function that ends it. */
export async function acquire(path: string, signal?: AbortSignal): Promise<() => void> {
  signal?.throwIfAborted();
  const queue = queues.get(path);
  if (!queue) queues.set(path, []);
  else {
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        queue.splice(queue.indexOf(begin), 1);
        reject(signal?.reason);
      };
      const begin = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      queue.push(begin);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }
  let released = false;
  return () => {
    if (released) return;
    released = true;
    const next = queues.get(path)?.shift();
    if (next) next();
    else queues.delete(path);
  };
}
