import { createHash } from "node:crypto";
import { TokenFlowError } from "@tokenflow/core";
import { isJsonObject, parseJson } from "@tokenflow/core/store";
import type { Keyring } from "./keyring.ts";

/** Text under a name, in as many secrets as its length needs. Writers must keep out each other; readers need not. */
export interface ChunkedValues {
  /** @throws `store.corrupt` where parts are missing or not of one value, also when it was replaced meanwhile */
  read(name: string): Promise<string | undefined>;
  write(name: string, value: string): Promise<void>;
  /** Answers whether there was something to remove. */
  remove(name: string): Promise<boolean>;
}

/** What stands under the name of a value that lies in parts. */
interface Head {
  readonly generation: "a" | "b";
  readonly count: number;
  readonly sha256: string;
}

/** 25 MB in Windows' parts; a head that says more is not ours. */
const MAX_CHUNKS = 10_000;

const PREFIX = '{"tokenflow_parts":1,';

/**
 * A value that fits is one secret, as it is. Else its parts are written under the generation that is not in
 * use, and then the head, in one write, makes them the value: until then the old one stays readable, and
 * what a crash leaves behind is swept by the next write. The head's checksum tells a mixture from a value.
 */
export function createChunkedValues(keyring: Keyring, maxBytes: number): ChunkedValues {
  const part = (name: string, generation: string, index: number): string => `${name}#${generation}${index}`;

  /** From the last to the first, so that a crash on the way leaves no part behind that the next sweep cannot find. */
  const deleteStaleChunks = async (
    name: string,
    generation: string,
    first: number,
    old?: Head,
  ): Promise<void> => {
    let end = Math.max(first, old?.generation === generation ? old.count : 0);
    while ((await keyring.get(part(name, generation, end))) !== undefined) end += 1;
    while (end > first) await keyring.delete(part(name, generation, --end));
  };

  const readHead = async (name: string): Promise<Head | undefined> => {
    const secret = await keyring.get(name);
    return secret && isHead(secret) ? parseHead(secret) : undefined;
  };

  const writeParts = async (name: string, bytes: Buffer, old: Head | undefined): Promise<void> => {
    const generation = old?.generation === "a" ? "b" : "a";
    const count = Math.ceil(bytes.length / maxBytes);
    for (let index = 0; index < count; index += 1) {
      await keyring.set(
        part(name, generation, index),
        bytes.subarray(index * maxBytes, (index + 1) * maxBytes),
      );
    }
    const rest = JSON.stringify({ generation, count, sha256: digest(bytes) }).slice(1);
    await keyring.set(name, Buffer.from(PREFIX + rest));
    await deleteStaleChunks(name, generation, count);
    await deleteStaleChunks(name, generation === "a" ? "b" : "a", 0, old);
  };

  return {
    async read(name) {
      const secret = await keyring.get(name);
      if (secret === undefined) return undefined;
      if (!isHead(secret)) return Buffer.from(secret).toString();
      const head = parseHead(secret);
      if (head === undefined) throw corrupt();
      const parts: Uint8Array[] = [];
      for (let index = 0; index < head.count; index += 1) {
        const bytes = await keyring.get(part(name, head.generation, index));
        if (bytes === undefined) throw corrupt();
        parts.push(bytes);
      }
      const bytes = Buffer.concat(parts);
      if (digest(bytes) !== head.sha256) throw corrupt();
      return bytes.toString();
    },

    async write(name, value) {
      const bytes = Buffer.from(value);
      const old = await readHead(name);
      // Not every keychain takes an empty secret.
      const fits = bytes.length > 0 && bytes.length <= maxBytes && !isHead(bytes);
      if (!fits) return writeParts(name, bytes, old);
      await keyring.set(name, bytes);
      if (old === undefined && maxBytes === Number.POSITIVE_INFINITY) return;
      await deleteStaleChunks(name, "a", 0, old);
      await deleteStaleChunks(name, "b", 0, old);
    },

    async remove(name) {
      const old = await readHead(name);
      const removed = await keyring.delete(name);
      await deleteStaleChunks(name, "a", 0, old);
      await deleteStaleChunks(name, "b", 0, old);
      return removed;
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
  return new TokenFlowError("store.corrupt", "A session in the keychain is not whole", {
    hint: "Sign in again.",
  });
}
