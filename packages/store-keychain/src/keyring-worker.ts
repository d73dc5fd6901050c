import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";

/** One call to the keychain. */
export interface KeyringRequest {
  readonly act: "get" | "set" | "delete";
  readonly service: string;
  readonly account: string;
  /** For `set`. */
  readonly secret?: Uint8Array | undefined;
}

export interface KeyringReply {
  readonly value?: Uint8Array | boolean | undefined;
  /** The native module's own words; they are read, and never shown. */
  readonly failure?: string | undefined;
  /** This thread must be replaced before the next call. */
  readonly exhausted: boolean;
}

type Module = typeof import("@napi-rs/keyring");
type Entry = InstanceType<Module["Entry"]>;

/**
 * The constructor of an entry opens a D-Bus connection, which takes 10 ms, blocks, and closes only with the thread.
 * So a few entries are kept, and a thread that has opened this many connections is replaced.
 */
const MAX_ENTRIES_OPENED = 64;
const MAX_ENTRIES_KEPT = 8;

const modulePath = String(workerData);
const keyring = createRequire(modulePath)(modulePath) as Module;
const entries = new Map<string, Entry>();
let opened = 0;

function entryOf(service: string, account: string): Entry {
  const name = JSON.stringify([service, account]);
  const kept = entries.get(name);
  const entry = kept ?? new keyring.Entry(service, account, { linux: { store: "secret-service" } });
  if (!kept) opened += 1;
  entries.delete(name);
  entries.set(name, entry);
  const [oldest] = entries.keys();
  if (entries.size > MAX_ENTRIES_KEPT && oldest !== undefined) entries.delete(oldest);
  return entry;
}

function perform({ act, service, account, secret }: KeyringRequest): KeyringReply["value"] {
  const entry = entryOf(service, account);
  switch (act) {
    case "get": {
      const found = entry.getSecret();
      return found ? Uint8Array.from(found) : undefined;
    }
    case "set":
      if (secret) entry.setSecret(secret);
      return undefined;
    case "delete":
      return entry.deleteCredential();
  }
}

parentPort?.on("message", (request: KeyringRequest) => {
  let reply: KeyringReply;
  try {
    reply = { value: perform(request), exhausted: opened > MAX_ENTRIES_OPENED };
  } catch (error) {
    // The connection may be dead: the next call opens a new one.
    reply = { failure: error instanceof Error ? error.message : String(error), exhausted: true };
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
  parentPort?.postMessage(reply);
});
