import { homedir } from "node:os";
import type { Encryption } from "@tokenflow/core/encryption";
import type { LockingStore } from "@tokenflow/core/store";
import { shortenHome } from "../messages/shorten-home.ts";
import { UsageError } from "../messages/usage-error.ts";
import type { EncryptionKind, Environment } from "../settings/config.ts";
import { type ReadConfig, readConfig } from "../settings/read-config.ts";
import { openEncryption } from "./encryption.ts";
import { hidePasswords } from "./hide-passwords.ts";

export type StoreKind = "file" | "keychain" | "redis";

/** A store, and how to speak of it. */
export interface SessionStoreContext extends AsyncDisposable {
  readonly store: LockingStore;
  readonly kind: StoreKind;
  /** Where it is: `~/.config/tokenflow`. */
  readonly where: string;
  /** What stands behind the place after a sign-in: `file, not encrypted`. */
  readonly description: string;
  /** Opened when a session is, so that who needs none needs no key. */
  readonly encryption?: (() => Promise<Encryption>) | undefined;
  readonly config: ReadConfig;
  /** Where `config.json` lies, whatever the store. */
  readonly folder: string;
}

type Opened = Pick<SessionStoreContext, "store" | "where" | "description">;

/** Every store that there is. Each is loaded only when it is used. */
const STORES: Readonly<Record<StoreKind, (folder: string, address: string) => Promise<Opened>>> = {
  file: async (folder) => {
    const { createFileStore } = await import("@tokenflow/store-file");
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
    return {
      store: createRedisStore({ url }),
      where: hidePasswords(url),
      description: "redis, not encrypted",
    };
  },
};

export interface OpenStoreContextOptions {
  readonly env: Environment;
  /** What the command line says. @default `TOKENFLOW_STORE`, else the choice in `config.json`, else files */
  readonly store?: string | undefined;
  /** How a sign-in wants its session encrypted. @default what `config.json` says */
  readonly encrypt?: EncryptionKind | undefined;
}

/**
 * Opens the store that is meant, and finds the key that its sessions are encrypted with. Dispose of it.
 * @throws UsageError for a store that does not exist, and for a broken `config.json`
 */
export async function openStoreContext({
  env,
  store: flag,
  encrypt,
}: OpenStoreContextOptions): Promise<SessionStoreContext> {
  const folder = await homeOfSessions(env);
  const config = readConfig(folder);
  const address = flag ?? (env["TOKENFLOW_STORE"] || (config.store ?? "file"));
  const kind = kindOf(address);
  const opened = await STORES[kind](folder, address);
  const place = {
    ...opened,
    kind,
    config,
    folder,
    [Symbol.asyncDispose]: async () => opened.store.disconnect?.(),
  };
  const encryption = encrypt ?? config.encryption;
  if (encryption === undefined) return place;
  let key: Promise<Encryption> | undefined;
  return {
    ...place,
    description: `${kind}, encrypted`,
    // One for all sessions, since a key made of a passphrase costs a second.
    encryption: () => (key ??= openEncryption(encryption, env)),
  };
}

/** The folder of `config.json`, and of the sessions that are files. */
export async function homeOfSessions(env: Environment): Promise<string> {
  const { sessionFolder } = await import("@tokenflow/store-file");
  return sessionFolder({ env, platform: process.platform, home: homedir(), cwd: process.cwd() });
}

function kindOf(address: string): StoreKind {
  if (address === "file" || address === "keychain") return address;
  if (/^rediss?:\/\//.test(address)) return "redis";
  // Only its first word: a password may stand behind it.
  const word = address.replace(/\W.*/s, "…");
  throw new UsageError(`there is no store "${word}"`, "Stores: file, keychain, redis://…, rediss://…");
}
