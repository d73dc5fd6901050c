/** Who waits, by place; present while somebody has the turn. One for the process, whatever store object they come through. */
const queues = new Map<string, (() => void)[]>();

/** Whether somebody in this process has the turn at this place. */
export function isTaken(place: string): boolean {
  return queues.has(place);
}

/** First come, first served among the callers of this process. Answers the function that passes the turn on. */
export async function acquire(place: string, signal?: AbortSignal): Promise<() => void> {
  signal?.throwIfAborted();
  const queue = queues.get(place);
  if (!queue) queues.set(place, []);
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
  let mine = true;
  return () => {
    if (!mine) return;
    mine = false;
    const next = queues.get(place)?.shift();
    if (next) next();
    else queues.delete(place);
  };
}
