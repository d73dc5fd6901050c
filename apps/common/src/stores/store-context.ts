import { homedir } from "node:os";
import { isTokenFlowError, TokenFlowError } from "@tokenflow/core";
import type { Encryption } from "@tokenflow/core/encryption";
import type { LockingStore } from "@tokenflow/core/store";
import type { RedisSums } from "@tokenflow/store-redis";
import { hidePasswords, shortenHome } from "../messages/shown-text.ts";
import { UsageError } from "../messages/usage-error.ts";
import type { EncryptionKind, Environment } from "../settings/config.ts";
import { type ReadConfig, readConfig } from "../settings/read-config.ts";
import { openEncryption } from "./encryption.ts";
import { createUnavailableStore } from "./unavailable-store.ts";

export type StoreKind = "file" | "keychain" | "redis";

/** An open store, its settings, and how messages name it. */
export interface SessionStoreContext extends AsyncDisposable {
  readonly store: LockingStore;
  /** Numbers that all programs with this store add to. Only Redis has them. */
  readonly sums?: RedisSums | undefined;
  readonly kind: StoreKind;
  /** The place for messages: `~/.config/tokenflow`. */
  readonly where: string;
  /** Describes the store after a sign-in: `file, not encrypted`. */
  readonly description: string;
  /** Opens the key when a session is opened, so that a command without sessions needs no key. */
  readonly encryption?: (() => Promise<Encryption>) | undefined;
  readonly config: ReadConfig;
  /** The reason why there is no store. What the environment gives needs none. */
  readonly missing?: TokenFlowError | undefined;
  /**
   * Returns the folder of `config.json`, for every kind of store.
   * @throws `store.unavailable` if this user has no home folder, and no variable names another
   */
  folder(): string;
}

type Opened = Pick<SessionStoreContext, "store" | "sums" | "where" | "description" | "missing">;

/** Every kind of store. Each is loaded when it is used. */
const STORES: Readonly<Record<StoreKind, (findFolder: () => string, address: string) => Promise<Opened>>> = {
  file: async (findFolder) => {
    const { createFileStore } = await import("@tokenflow/store-file");
    const folder = orError(findFolder);
    // A token of the environment needs no store.
    if (folder instanceof TokenFlowError) {
      const store = createUnavailableStore(folder);
      return { store, where: "no folder", description: "file", missing: folder };
    }
    return {
      store: createFileStore({ folder }),
      where: shortenHome(folder),
      description: "file, not encrypted",
    };
  },
  keychain: async () => {
    const { createKeychainStore } = await import("@tokenflow/store-keychain");
    return { store: createKeychainStore(), where: "the keychain", description: "encrypted by the system" };
  },
  redis: async (_, url) => {
    const { createRedisStore } = await import("@tokenflow/store-redis");
    const store = createRedisStore({ url });
    return {
      store,
      sums: store,
      where: hidePasswords(url),
      description: "redis, not encrypted",
    };
  },
};

export interface OpenStoreContextOptions {
  readonly env: Environment;
  /** The flag of the command line. @default `TOKENFLOW_STORE`, else the choice in `config.json`, else files */
  readonly store?: string | undefined;
  /** The encryption that a sign-in asks for. @default that of `config.json` */
  readonly encrypt?: EncryptionKind | undefined;
}

/**
 * Opens the store of the settings, with the encryption of its sessions. Dispose of it.
 * @throws UsageError for an unknown store, and for an invalid `config.json`
 */
export async function openStoreContext({
  env,
  store: flag,
  encrypt,
}: OpenStoreContextOptions): Promise<SessionStoreContext> {
  const folder = await prepareFolder(env);
  const home = orError(folder);
  const config: ReadConfig =
    home instanceof TokenFlowError ? { providers: {}, warnings: [] } : readConfig(home);
  const address = flag ?? (env["TOKENFLOW_STORE"] || (config.store ?? "file"));
  const kind = kindOf(address);
  const opened = await STORES[kind](folder, address);
  const storeContext = {
    ...opened,
    kind,
    config,
    folder,
    [Symbol.asyncDispose]: async () => opened.store.disconnect?.(),
  };
  const encryption = encrypt ?? config.encryption;
  if (encryption === undefined) return storeContext;
  let key: Promise<Encryption> | undefined;
  return {
    ...storeContext,
    description: `${kind}, encrypted`,
    // One key for all sessions: deriving it from a passphrase takes a second.
    encryption: () => (key ??= openEncryption(encryption, env)),
  };
}

/**
 * Returns the folder of `config.json` and of session files.
 * @throws `store.unavailable` if there is none
 */
export async function homeOfSessions(env: Environment): Promise<string> {
  return (await prepareFolder(env))();
}

async function prepareFolder(env: Environment): Promise<() => string> {
  const { sessionFolder } = await import("@tokenflow/store-file");
  return () => sessionFolder({ env, platform: process.platform, home: homedir, cwd: process.cwd });
}

function orError(find: () => string): string | TokenFlowError {
  try {
    return find();
  } catch (error) {
    if (isTokenFlowError(error)) return error;
    throw error;
  }
}

function kindOf(address: string): StoreKind {
  if (address === "file" || address === "keychain") return address;
  if (/^rediss?:\/\//.test(address)) return "redis";
  // Only its first word: a password may follow it.
  const word = address.replace(/\W.*/s, "…");
  throw new UsageError(`there is no store "${word}"`, "Stores: file, keychain, redis://…, rediss://…");
}
