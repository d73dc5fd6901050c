import type { Clock, Token, TokenManager } from "@tokenflow/core";
import type { LockingStore } from "@tokenflow/core/store";
import type { Engine } from "./engine.ts";
import type { ProcessState } from "./facts.ts";
import { createKeys, readStored } from "./stored-session.ts";

/** What an operation may use. */
export interface OperationContext {
  readonly process: ProcessState;
  readonly engine: Engine;
  readonly manager: TokenManager;
  readonly clock: Clock;
  /** Opens the store once more, and reports what is read from it, and that its lock was still held. */
  openStore(onRead: (value: string | undefined) => void, onHeld?: () => void): LockingStore;
  /** Reports a token that the caller was given. */
  handed(token: Token): void;
  /** Reports a token that the caller has rejected. */
  rejected(token: Token): void;
  copied(value: string | undefined): void;
  /** Ends the process, as `process.exit()` does. */
  exit(): void;
}

/** What a process does with its manager. An error that rejects it is its outcome. */
export type Operation = (context: OperationContext) => Promise<unknown>;

const get: Operation = async ({ manager, handed }) => handed(await manager.getToken());

/** By the names that scenarios have. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  get,
  /** A program that ends when it has nothing more to do. */
  end: get,
  async forced({ manager, handed }) {
    handed(await manager.getToken({ forceRefresh: true }));
  },
  async reject({ manager, handed, rejected }) {
    const token = await manager.getToken();
    handed(token);
    manager.reject(token);
    rejected(token);
    handed(await manager.getToken());
  },
  async acquire({ manager, handed }) {
    const settled = Promise.withResolvers<void>();
    const result = await manager.acquire({ onSettled: () => settled.resolve() });
    if (result.status === "authorized") handed(result.token);
    if (result.status === "failed") throw result.error;
    if (result.status === "pending") await settled.promise;
  },
  /** A program that ends soon after its first poll, unless something keeps it alive. */
  async leave({ manager, clock }) {
    await manager.acquire();
    await clock.sleep(6_500);
  },
  signin: ({ manager }) => manager.signIn({ onUserCode: () => undefined }),
  signout: ({ manager }) => manager.signOut(),
  close: ({ manager }) => manager.close(),
  async closeexit({ manager, handed, process, clock, exit }) {
    try {
      handed(await manager.getToken());
    } finally {
      await manager.close();
      process.isClosed = process.operations.length === 1;
    }
    await clock.sleep(1_000);
    exit();
  },
  async start({ manager, clock }) {
    await manager.start();
    await clock.sleep(100_000);
    await manager.close();
  },
  /** Copies the session. The read under the lock counts from the last moment at which that was held. */
  async copy({ openStore, engine, copied }) {
    let value: string | undefined;
    let wasHeld = false;
    const from = openStore(
      (read) => {
        value = read;
      },
      () => {
        wasHeld = true;
        copied(value);
      },
    );
    await engine.copySessions(from, engine.createMemoryStore());
    if (!wasHeld) copied(value);
  },
  async rotate({ openStore, engine, clock }) {
    await engine.rotateSessions(
      openStore(() => undefined),
      createKeys("new", "old"),
      { clock },
    );
  },
  /** A manager with the new key, beside those with the old one. */
  newkey: async ({ manager, handed }) => handed(await manager.getToken({ forceRefresh: true })),
};

/** Operations after which the session may be gone, and those that may put one there. */
export const SIGNS_OUT: readonly string[] = ["signout"];
export const SIGNS_IN: readonly string[] = ["signin", "acquire", "leave"];
/** Programs that end by themselves. */
export const ENDS: readonly string[] = ["end", "leave"];
/** Operations that need stored sessions to be encrypted. */
export const NEEDS_KEYS: readonly string[] = ["rotate", "newkey"];

export function grantOf(value: string | undefined): {
  readonly grant: string | undefined;
  readonly hasMark: boolean;
} {
  const stored = value === undefined ? undefined : readStored(value);
  return { grant: stored?.grant, hasMark: stored?.hasMark === true };
}
