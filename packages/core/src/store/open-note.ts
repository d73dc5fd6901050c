import type { KeyvStorageAdapter } from "keyv";
import { type Clock, systemClock } from "../base/clock.ts";
import { isTokenFlowError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, parseJson } from "../base/json.ts";
import type { Encryption, Lock } from "../contracts/store.ts";
import { openRaw, sealText } from "./record-store.ts";
import { NOTE, openStoredValue } from "./stored-value.ts";

export interface NoteOptions {
  /** Encrypts the note as it does sessions. @default none @example createKeyEncryption({ key }) */
  readonly encryption?: Encryption | undefined;
  /** Tells the time. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
}

/** A JSON value beside the sessions of a store. No manager reads it, and no list of sessions has it. */
export interface Note {
  /** Returns `undefined` if there is none, or if it is damaged. @throws `store.key_missing`, `store.unavailable` */
  read(): Promise<JsonObject | undefined>;
  /** Replaces the note, or deletes it. @throws `store.*` if it could not be written */
  write(value: JsonObject | undefined): Promise<void>;
  /** Takes the lock of this note, so that two processes do not write one after the other's reading. */
  lock(): Promise<Lock>;
}

/**
 * Opens a note: what belongs to a service and not to one session, such as a registered client. Sessions that end leave
 * it as it is.
 * @param name a name of your own, such as `client/https://login.example.org`
 * @example
 * ```ts
 * const note = openNote(createMemoryStore(), "client/https://login.example.org");
 * await note.write({ clientId: "c1" });
 * ```
 */
export function openNote(
  store: KeyvStorageAdapter,
  name: string,
  { encryption, clock = systemClock }: NoteOptions = {},
): Note {
  const key = NOTE + name;
  const value = openStoredValue(store, key, clock);
  const open = async (raw: string): Promise<JsonObject | undefined> => {
    const json = parseJson(await openRaw(raw, key, encryption));
    return isJsonObject(json) ? json : undefined;
  };
  const orNothing = (error: unknown): undefined => {
    if (!isTokenFlowError(error, "store.corrupt")) throw error;
  };
  return {
    async read() {
      const raw = await value.read().catch(orNothing);
      return raw === undefined ? undefined : open(raw).catch(orNothing);
    },
    async write(next) {
      const raw = next && (await sealText(JSON.stringify(next), key, encryption));
      await value.overwrite(raw, (stored) =>
        open(stored).then(
          (json) => json !== undefined,
          () => false,
        ),
      );
    },
    lock: () => value.lock({}),
  };
}
