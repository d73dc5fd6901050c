import { vi } from "vitest";

/** How long work that waits for no timer may be busy with something else, in real ms. */
const IDLE_LIMIT = 300;

/** Runs work with faked timers, which pass as soon as nothing else is to do. Minutes of waiting take milliseconds. */
export async function inVirtualTime<Value>(
  start: () => Promise<Value>,
  { isRunning }: { readonly isRunning: () => boolean },
): Promise<Value> {
  const realNow = performance.now.bind(performance);
  const realTick = setImmediate;
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
  });
  const realTimeout = AbortSignal.timeout;
  AbortSignal.timeout = (milliseconds) => {
    const controller = new AbortController();
    const reason = new DOMException("The operation was aborted due to timeout", "TimeoutError");
    setTimeout(() => controller.abort(reason), milliseconds);
    return controller.signal;
  };
  try {
    let settled = false;
    const work = start().finally(() => {
      settled = true;
    });
    // The time limit of a run is a timer, too. Alone, it says that the client loads a module, or hangs.
    const isIdle = (): boolean => isRunning() && vi.getTimerCount() <= 1;
    while (!settled) {
      const since = realNow();
      // What needs no time comes first: promises, streams, and whatever the platform does by itself.
      for (let turn = 0; !settled && (turn < 8 || (isIdle() && realNow() - since < IDLE_LIMIT)); turn += 1) {
        await new Promise((resolve) => realTick(resolve));
      }
      if (!settled) await vi.advanceTimersToNextTimerAsync();
    }
    return await work;
  } finally {
    AbortSignal.timeout = realTimeout;
    vi.clearAllTimers();
    vi.useRealTimers();
  }
}
