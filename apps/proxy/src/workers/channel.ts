import { fromWire, toWire, type WireError } from "./wire-error.ts";

/** The other process, as Node's IPC reaches it. */
export interface Port {
  /** Calls back when the message was written, or cannot be. */
  send(message: object, onSent: (error: Error | null) => void): void;
}

/** Messages between the primary and one worker. They arrive in the order in which they were sent. */
export interface Channel {
  /** Sends a message that needs no answer, soon and together with others. */
  post(name: string, payload: unknown): void;
  /** Sends a message and waits for its answer. An abort rejects at once, and aborts the work at the other end. */
  ask<Answer>(name: string, payload: unknown, signal?: AbortSignal): Promise<Answer>;
  /** Sends what waits now, and not a moment later. */
  flush(): void;
  /** Resolves when everything is written. */
  drained(): Promise<void>;
  /** Passes on what arrived. */
  receive(message: unknown): void;
  /** Ends everything that the other process asked for: it is gone. */
  close(): void;
}

export interface ChannelHandlers {
  readonly posts: Readonly<Record<string, (payload: never) => void>>;
  readonly asks: Readonly<Record<string, (payload: never, signal: AbortSignal) => Promise<unknown>>>;
}

type Entry =
  | readonly ["post", name: string, payload: unknown]
  | readonly ["ask", id: number, name: string, payload: unknown]
  | readonly ["answer", id: number, payload: unknown]
  | readonly ["error", id: number, error: WireError]
  | readonly ["cancel", id: number];

/** How long a message that nobody waits for may wait for others, in milliseconds. */
const LINGER = 10;
/** More messages wait only if the other process does not read any. */
const MAX_WAITING = 1_000_000;

/**
 * @param onStuck called if the other process reads no messages
 */
export function createChannel(port: Port, { posts, asks }: ChannelHandlers, onStuck: () => void): Channel {
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: unknown): void }>();
  const running = new Map<number, AbortController>();
  const idle: (() => void)[] = [];
  let queue: Entry[] = [];
  let isSending = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isHurried = false;
  let lastId = 0;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    isHurried = false;
    if (isSending) return;
    if (queue.length === 0) {
      for (const resolve of idle.splice(0)) resolve();
      return;
    }
    const entries = queue;
    queue = [];
    isSending = true;
    port.send(entries, (error) => {
      isSending = false;
      // A process that is gone reads nothing. Its end is noticed by who started it.
      if (error) queue = [];
      flush();
    });
  };
  const send = (entry: Entry, isUrgent: boolean): void => {
    queue.push(entry);
    if (queue.length > MAX_WAITING) return onStuck();
    if (isUrgent && !isHurried) {
      isHurried = true;
      setImmediate(flush);
    } else timer ??= setTimeout(flush, LINGER);
  };

  const answer = async (id: number, name: string, payload: unknown): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const handler = asks[name];
      if (!handler) throw new Error(`Unknown message ${name}`);
      send(["answer", id, await handler(payload as never, controller.signal)], true);
    } catch (error) {
      if (!controller.signal.aborted) send(["error", id, toWire(error)], true);
    } finally {
      running.delete(id);
    }
  };
  const settle = (
    id: number,
  ): typeof waiting extends Map<number, infer Waiter> ? Waiter | undefined : never => {
    const waiter = waiting.get(id);
    waiting.delete(id);
    return waiter;
  };
  const read = (entry: Entry): void => {
    switch (entry[0]) {
      case "post":
        return posts[entry[1]]?.(entry[2] as never);
      case "ask":
        return void answer(entry[1], entry[2], entry[3]);
      case "answer":
        return settle(entry[1])?.resolve(entry[2]);
      case "error":
        return settle(entry[1])?.reject(fromWire(entry[2]));
      case "cancel":
        return running.get(entry[1])?.abort();
    }
  };

  return {
    post: (name, payload) => send(["post", name, payload], false),
    ask<Answer>(name: string, payload: unknown, signal?: AbortSignal) {
      return new Promise<Answer>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const id = (lastId += 1);
        const abort = (): void => {
          if (!settle(id)) return;
          send(["cancel", id], true);
          reject(signal?.reason);
        };
        const done = (): void => signal?.removeEventListener("abort", abort);
        waiting.set(id, {
          resolve(answered) {
            done();
            // The other process runs the same code, so the answer has the type that its handler returns.
            resolve(answered as Answer);
          },
          reject(error) {
            done();
            reject(error);
          },
        });
        signal?.addEventListener("abort", abort, { once: true });
        send(["ask", id, name, payload], true);
      });
    },
    flush,
    drained: () =>
      new Promise((resolve) => {
        idle.push(resolve);
        flush();
      }),
    receive(message) {
      // Only the program's own processes are at the other end.
      if (Array.isArray(message)) for (const entry of message) read(entry as Entry);
    },
    close() {
      clearTimeout(timer);
      for (const controller of running.values()) controller.abort();
      running.clear();
      for (const [id] of waiting) settle(id)?.reject(new Error("The other process has ended"));
    },
  };
}
