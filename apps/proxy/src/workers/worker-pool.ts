import { fork } from "node:child_process";
import { type Clock, TokenFlowError } from "@tokenflow/core";
import { type Channel, type ChannelHandlers, createChannel } from "./channel.ts";
import type { HandOver, Taker } from "./hand-over.ts";
import { CONNECTION } from "./handed-connections.ts";
import type { WorkerHandlers } from "./serve-limits.ts";
import { fromWire, type WireError } from "./wire-error.ts";

/** The processes that serve. One that ends is replaced. */
export interface WorkerPool {
  /** Starts all workers, and resolves when the first one serves. @throws the reason why none can */
  start(): Promise<void>;
  /** Rejects if no worker can serve any more. */
  readonly failed: Promise<never>;
  /** Lets all workers finish. A second call breaks off what they do. */
  close(): Promise<void>;
}

export interface WorkerPoolOptions {
  readonly count: number;
  /** How long answers may finish at the end, in milliseconds. */
  readonly drain: number;
  /** The file that a worker runs, and its arguments. */
  readonly file: string;
  readonly args: readonly string[];
  readonly handOver: HandOver;
  /** Returns the settings of a worker. */
  readonly settings: () => object;
  /** Makes the handlers for a new worker. @param others returns the channels of the other workers */
  readonly serve: (channel: () => Channel, others: () => readonly Channel[]) => readonly WorkerHandlers[];
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

/** A worker that ends sooner than this after its start is replaced later, in milliseconds. */
const SHORT_LIFE = 10_000;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 10_000;
/** How long a worker may take to begin, in milliseconds. */
const START_TIMEOUT = 60_000;
/** How much longer than `drain` a worker may take to end, in milliseconds. */
const DRAIN_GRACE = 5_000;
/** So many workers in a row that never served, and none that does: more of them will not either. */
const MAX_FAILURES = 5;

interface Member {
  readonly channel: Channel;
  isReady: boolean;
  end(): void;
}

function mergeHandlers(all: readonly ChannelHandlers[]): ChannelHandlers {
  return {
    posts: Object.fromEntries(all.flatMap(({ posts }) => Object.entries(posts))),
    asks: Object.fromEntries(all.flatMap(({ asks }) => Object.entries(asks))),
  };
}

export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { count, drain, handOver, clock, say } = options;
  const members = new Set<Member>();
  const pauses = new Set<ReturnType<typeof setTimeout>>();
  const started = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  const ended = Promise.withResolvers<void>();
  // One of them may have nobody who waits for it.
  failed.promise.catch(() => undefined);
  started.promise.catch(() => undefined);
  let isClosing = false;
  let failures = 0;
  let shortLives = 0;
  let lastError: Error | undefined;

  const endAll = (): void => {
    for (const { end } of members) end();
  };
  const beginClosing = (): void => {
    isClosing = true;
    for (const pause of pauses) clearTimeout(pause);
    if (members.size === 0) ended.resolve();
  };
  const giveUp = (): void => {
    const error =
      lastError ??
      new TokenFlowError("provider.misconfigured", "No worker of the proxy stays alive", {
        hint: "Try without --workers.",
      });
    started.reject(error);
    failed.reject(error);
    beginClosing();
    endAll();
  };

  const start = (): void => {
    const child = fork(options.file, [...options.args], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const begunAt = clock.monotonicNow();
    const end = (): void => void child.kill("SIGKILL");
    const timer = setTimeout(end, START_TIMEOUT);
    // If it cannot be sent, the worker is gone, which is noticed by itself.
    const taker: Taker = (socket) => void child.send(CONNECTION, socket, { keepOpen: true }, () => undefined);
    const handlers = options.serve(
      () => channel,
      () => [...members].map((other) => other.channel).filter((other) => other !== channel),
    );
    const own: ChannelHandlers = {
      posts: {
        ready() {
          clearTimeout(timer);
          member.isReady = true;
          failures = 0;
          started.resolve();
          handOver.ready(taker);
        },
        taken: () => handOver.ready(taker),
        failed(error: WireError) {
          lastError = fromWire(error);
        },
      },
      asks: { settings: async () => options.settings() },
    };
    const channel = createChannel(
      { send: (message, onSent) => void child.send(message, onSent) },
      mergeHandlers([own, ...handlers]),
      end,
    );
    const member: Member = { channel, isReady: false, end };
    members.add(member);
    child.on("message", channel.receive);
    const onEnd = (how: string): void => {
      clearTimeout(timer);
      members.delete(member);
      handOver.remove(taker);
      channel.close();
      for (const handler of handlers) handler.close();
      onExit({ wasReady: member.isReady, life: clock.monotonicNow() - begunAt, how });
    };
    // What it sent last is read until the channel ends, and that may be after the process.
    let how: string | undefined;
    child.once("exit", (code, signal) => {
      how = signal ?? `code ${code}`;
      if (!child.connected) onEnd(how);
    });
    child.once("disconnect", () => {
      if (how !== undefined) onEnd(how);
    });
    child.on("error", () => {
      // Without a process there is no other event.
      if (child.pid === undefined && members.has(member)) onEnd("the system starts no process");
    });
  };

  const onExit = ({ wasReady, life, how }: { wasReady: boolean; life: number; how: string }): void => {
    if (isClosing) {
      if (members.size === 0) ended.resolve();
      return;
    }
    if (!wasReady) failures += 1;
    const isServing = [...members].some(({ isReady }) => isReady);
    if (failures >= MAX_FAILURES && !isServing) return giveUp();
    shortLives = wasReady && life >= SHORT_LIFE ? 0 : shortLives + 1;
    const pause = shortLives <= 1 ? 0 : Math.min(FIRST_PAUSE * 2 ** (shortLives - 2), LONGEST_PAUSE);
    say(`A worker ended (${how}). Another one begins${pause === 0 ? "" : ` in ${pause / 1000} s`}.`);
    const later = setTimeout(() => {
      pauses.delete(later);
      start();
    }, pause);
    pauses.add(later);
  };

  return {
    start() {
      for (let workers = 0; workers < count; workers += 1) start();
      return started.promise;
    },
    failed: failed.promise,
    async close() {
      for (const { channel } of members) {
        channel.post("close", undefined);
        channel.flush();
      }
      beginClosing();
      // One whose event loop stands still would never end.
      setTimeout(endAll, drain + DRAIN_GRACE).unref();
      await ended.promise;
    },
  };
}
