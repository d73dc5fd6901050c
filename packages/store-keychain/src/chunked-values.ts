import { createHash } from "node:crypto";
import { TokenFlowError } from "@tokenflow/core";
import { decodeStored, isJsonObject, parseJson, requireStoredSize } from "@tokenflow/core/store";
import type { Keyring } from "./keyring.ts";

/** Stores text under a name, in as many secrets as its length needs. Writers must exclude each other; readers need not. */
export interface ChunkedValues {
  /** @throws `store.corrupt` if chunks are missing or mixed, also if the value was replaced meanwhile */
  read(name: string): Promise<string | undefined>;
  write(name: string, value: string): Promise<void>;
  /** Returns `true` if there was a value to remove. */
  remove(name: string): Promise<boolean>;
  /** Moves all secrets of a value as they are, readable or not. */
  move(from: string, to: string): Promise<void>;
}

/** The secret under the name of a value that is split into chunks. */
interface Head {
  readonly generation: "a" | "b";
  readonly count: number;
  readonly sha256: string;
}

/** 25 MB in chunks of Windows' size. A head with more chunks is not ours. */
const MAX_CHUNKS = 10_000;

const PREFIX = '{"tokenflow_parts":1,';

/**
 * Stores a value that fits as one secret. A longer value is split: its chunks are written under the generation that
 * is not in use, then one write of the head makes them the value. Until then the old value stays readable. The next
 * write deletes the chunks that a crash left behind. The head's checksum detects mixed chunks.
 */
export function createChunkedValues(keyring: Keyring, maxBytes: number): ChunkedValues {
  const chunkName = (name: string, generation: string, index: number): string =>
    `${name}#${generation}${index}`;

  /** Deletes from the last to the first, so that the next write finds every chunk that a crash leaves behind. */
  const deleteStaleChunks = async (
    name: string,
    generation: string,
    first: number,
    old?: Head,
  ): Promise<void> => {
    let end = Math.max(first, old?.generation === generation ? old.count : 0);
    while ((await keyring.get(chunkName(name, generation, end))) !== undefined) end += 1;
    while (end > first) await keyring.delete(chunkName(name, generation, --end));
  };

  const readHead = async (name: string): Promise<Head | undefined> => {
    const secret = await keyring.get(name);
    return secret && isHead(secret) ? parseHead(secret) : undefined;
  };

  const writeChunks = async (name: string, bytes: Buffer, old: Head | undefined): Promise<void> => {
    const generation = old?.generation === "a" ? "b" : "a";
    const count = Math.ceil(bytes.length / maxBytes);
    for (let index = 0; index < count; index += 1) {
      await keyring.set(
        chunkName(name, generation, index),
        bytes.subarray(index * maxBytes, (index + 1) * maxBytes),
      );
    }
    const rest = JSON.stringify({ generation, count, sha256: digest(bytes) }).slice(1);
    await keyring.set(name, Buffer.from(PREFIX + rest));
    await deleteStaleChunks(name, generation, count);
    await deleteStaleChunks(name, generation === "a" ? "b" : "a", 0, old);
  };

  const remove = async (name: string): Promise<boolean> => {
    const old = await readHead(name);
    const removed = await keyring.delete(name);
    await deleteStaleChunks(name, "a", 0, old);
    await deleteStaleChunks(name, "b", 0, old);
    return removed;
  };

  const moveSecret = async (from: string, to: string): Promise<boolean> => {
    const secret = await keyring.get(from);
    if (secret === undefined) return false;
    await keyring.set(to, secret);
    await keyring.delete(from);
    return true;
  };

  return {
    async read(name) {
      const secret = await keyring.get(name);
      if (secret === undefined) return undefined;
      const what = `The entry ${name} of the keychain`;
      if (!isHead(secret)) return decodeStored(secret, what);
      const head = parseHead(secret);
      if (head === undefined) throw corrupt();
      const chunks: Uint8Array[] = [];
      let size = 0;
      for (let index = 0; index < head.count; index += 1) {
        const bytes = await keyring.get(chunkName(name, head.generation, index));
        if (bytes === undefined) throw corrupt();
        requireStoredSize((size += bytes.length), what);
        chunks.push(bytes);
      }
      const bytes = Buffer.concat(chunks);
      if (digest(bytes) !== head.sha256) throw corrupt();
      return decodeStored(bytes, what);
    },

    async write(name, value) {
      const bytes = Buffer.from(value);
      const old = await readHead(name);
      // Not every keychain accepts an empty secret.
      const fits = bytes.length > 0 && bytes.length <= maxBytes && !isHead(bytes);
      if (!fits) return writeChunks(name, bytes, old);
      await keyring.set(name, bytes);
      if (old === undefined && maxBytes === Number.POSITIVE_INFINITY) return;
      await deleteStaleChunks(name, "a", 0, old);
      await deleteStaleChunks(name, "b", 0, old);
    },

    remove,

    async move(from, to) {
      if ((await keyring.get(from)) === undefined) return;
      const head = await readHead(from);
      for (const generation of ["a", "b"]) {
        // Some of these chunks may be missing: that is what makes a value unreadable.
        const count = head?.generation === generation ? head.count : 0;
        let end = 0;
        while (
          (await moveSecret(chunkName(from, generation, end), chunkName(to, generation, end))) ||
          end < count
        )
          end += 1;
        await deleteStaleChunks(to, generation, end);
      }
      // The head goes last, so that an interrupted move can be repeated.
      await moveSecret(from, to);
    },
  };
}

function isHead(secret: Uint8Array): boolean {
  return Buffer.from(secret.subarray(0, PREFIX.length)).toString() === PREFIX;
}

function parseHead(secret: Uint8Array): Head | undefined {
  const head = parseJson(Buffer.from(secret).toString());
  if (!isJsonObject(head)) return undefined;
  const { generation, count, sha256 } = head;
  if (generation !== "a" && generation !== "b") return undefined;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0 || count > MAX_CHUNKS)
    return undefined;
  return typeof sha256 === "string" ? { generation, count, sha256 } : undefined;
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function corrupt(): TokenFlowError {
  return new TokenFlowError("store.corrupt", "A session in the keychain is incomplete", {
    hint: "Sign in again.",
  });
}
