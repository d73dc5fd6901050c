import type { Encryption } from "@tokenflow/core";

/** The parts of a stored session that invariants compare. */
export interface StoredSession {
  readonly token: string | undefined;
  readonly grant: string | undefined;
  /** The random id of the sign-in, and the counter. */
  readonly signIn: string;
  readonly counter: number;
  readonly hasMark: boolean;
  /** When the last redemption failed, in milliseconds since 1970. */
  readonly failedAt: number | undefined;
  /** The key that it is encrypted with. */
  readonly keyId: string | undefined;
}

const known = new Map<string, StoredSession>();
const SEALED = /^\{"tokenflow_encrypted":1,"key_id":"(\w+)"\}/;

/** The fields of a record that are read here. */
interface StoredFields {
  readonly access_token?: string;
  readonly grant?: { readonly rt: string };
  readonly revision: string;
  readonly mark?: object;
  readonly failed?: { readonly at: string };
}

/** Reads a stored session. The simulated encryption hides nothing. */
export function readStored(text: string): StoredSession {
  const before = known.get(text);
  if (before) return before;
  const [seal = "", keyId] = SEALED.exec(text) ?? [];
  const record = JSON.parse(text.slice(seal.length)) as StoredFields;
  const [signIn = "", counter] = record.revision.split(":");
  const session: StoredSession = {
    token: record.access_token,
    grant: record.grant?.rt,
    signIn,
    counter: Number(counter),
    hasMark: record.mark !== undefined,
    failedAt: record.failed === undefined ? undefined : Date.parse(record.failed.at),
    keyId,
  };
  if (known.size > 50_000) known.clear();
  known.set(text, session);
  return session;
}

/** An encryption, and the name of its newest key. */
export interface Keys extends Encryption {
  readonly id: string;
  readonly newest: string;
}

/** An encryption that hides nothing, so that schedules are the same each time. It has the newest key first. */
export function createKeys(newest: string, ...older: readonly string[]): Keys {
  const idOf = (stored: string): string | undefined => SEALED.exec(stored)?.[1];
  return {
    id: [newest, ...older].join(),
    newest,
    usesNewestKey: async (stored: string) => idOf(stored) === newest,
    encrypt: async (text: string) => `{"tokenflow_encrypted":1,"key_id":"${newest}"}${text}`,
    async decrypt(stored: string) {
      const id = idOf(stored);
      if (id === undefined || ![newest, ...older].includes(id)) throw new Error(`No key ${id}`);
      return stored.replace(SEALED, "");
    },
  };
}
