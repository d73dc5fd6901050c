import {
  type Clock,
  createTokenManager,
  type Token,
  type TokenFlowEvent,
  type TokenManager,
} from "@tokenflow/core";
import { createKeyEncryption, type Encryption } from "@tokenflow/core/encryption";
import { type GrantReplay, systemClock } from "@tokenflow/core/provider";
import type { LockingStore } from "@tokenflow/core/store";
import { createFileStore, type FileStore, type FileSystem } from "@tokenflow/store-file";
import { createKeychainStore } from "@tokenflow/store-keychain";
import { createRedisStore } from "@tokenflow/store-redis";
import type { ChaosServer } from "../servers/chaos-server.ts";
import { createChaosProvider } from "./chaos-provider.ts";

/** A session and its server, in a form that other processes can be given. */
export interface SessionLocation {
  readonly folder: string;
  /** The URL of a Redis that stores it, instead of the folder. */
  readonly redis?: string | undefined;
  /** Stores it in this machine's keychain, instead of the folder, which then has the locks. */
  readonly keychain?: boolean | undefined;
  /** The keys that encrypt it, in base64: the newest first. @default none */
  readonly keys?: readonly [newest: string, ...old: string[]] | undefined;
  readonly url: string;
  readonly replay: GrantReplay;
}

export interface OpenSessionOptions extends SessionLocation {
  readonly clock?: Clock | undefined;
  readonly fs?: FileSystem | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly onEvent?: ((event: TokenFlowEvent) => void) | undefined;
  /** Changes the store before the manager gets it. */
  readonly wrap?: ((store: FileStore) => FileStore) | undefined;
}

/** Opens the shared session with its own store and manager, as any program would. */
export function openSession(options: OpenSessionOptions): TokenManager {
  const { url, replay, clock, fetch, onEvent } = options;
  return createTokenManager({
    provider: createChaosProvider({ url, replay }),
    store: openStore(options),
    encryption: openEncryption(options),
    clock,
    fetch,
    onEvent,
  });
}

type StoreLocation = Pick<OpenSessionOptions, "folder" | "redis" | "keychain" | "fs" | "wrap">;

/** Opens the store alone. */
export function openStore({ folder, redis, keychain, fs, wrap }: StoreLocation): LockingStore {
  if (redis !== undefined) return createRedisStore({ url: redis });
  if (keychain) return createKeychainStore({ service: "tokenflow-chaos", lockFolder: folder });
  const store = createFileStore({ folder, fs });
  return wrap ? wrap(store) : store;
}

export function openEncryption({ keys }: Pick<SessionLocation, "keys">): Encryption | undefined {
  if (!keys) return undefined;
  const [key, ...oldKeys] = keys;
  return createKeyEncryption({ key, oldKeys });
}

/** Signs in with its own manager. The person approves at once. */
export async function signIn(server: ChaosServer, options: OpenSessionOptions): Promise<void> {
  await using manager = openSession(options);
  const approved = Promise.withResolvers<void>();
  const session = manager.signIn({
    onUserCode: ({ userCode }) => void server.approve(userCode).then(approved.resolve, approved.reject),
  });
  await Promise.all([approved.promise, session]);
}

/** Shows a token to the API. Returns whether the API accepts it. */
export async function checkToken(url: string, { accessToken }: Token): Promise<boolean> {
  const response = await fetch(`${url}/resource`, {
    headers: { authorization: `Bearer ${accessToken}`, "x-pid": String(process.pid) },
  });
  await response.arrayBuffer();
  return response.ok;
}

/** This machine's clock, which can be put forward. */
export interface ShiftedClock extends Clock {
  readonly shift: number;
  advance(milliseconds: number): void;
}

export function createShiftedClock(start = 0): ShiftedClock {
  let shift = start;
  return {
    get shift() {
      return shift;
    },
    advance(milliseconds) {
      shift += milliseconds;
    },
    now: () => systemClock.now() + shift,
    monotonicNow: () => systemClock.monotonicNow() + shift,
    sleep: systemClock.sleep,
  };
}
