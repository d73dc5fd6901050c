import type { IncomingHttpHeaders } from "node:http";

/** Hides a token in the answer to the request that carried it. An upstream may repeat what it was sent. */
export interface TokenMask {
  /** Returns the headers without those in which the token is. */
  headers(received: IncomingHttpHeaders): IncomingHttpHeaders;
  /** Returns the next bytes of a body, and keeps its length. Holds back what may be the beginning of the token. */
  write(chunk: Buffer): Buffer;
  /** Returns what is held back at the end of a body. */
  end(): Buffer;
  /** Returns a text without the token. */
  text(text: string): string;
}

/** A shorter token could be a word of the answer. No service has such a short one. */
const MIN_LENGTH = 8;
const NOTHING = Buffer.alloc(0);
const STAR = "*";

export function createTokenMask(token: string): TokenMask {
  const secret = Buffer.from(token);
  const isShort = secret.length < MIN_LENGTH;
  const [first = 0] = secret;
  let held: Buffer = NOTHING;

  /** Returns how many bytes at the end are the beginning of the token. */
  const begunIn = (bytes: Buffer): number => {
    const { length } = bytes;
    // An event ends with the end of a line, which is in no token.
    if (!secret.includes(bytes[length - 1] ?? 0)) return 0;
    let at = bytes.indexOf(first, Math.max(0, length - secret.length + 1));
    while (at !== -1) {
      if (bytes.compare(secret, 0, length - at, at, length) === 0) return length - at;
      at = bytes.indexOf(first, at + 1);
    }
    return 0;
  };
  const masked = (bytes: Buffer): Buffer => {
    let at = bytes.length < secret.length ? -1 : bytes.indexOf(secret);
    if (at === -1) return bytes;
    // The bytes belong to the client of the upstream.
    const copy = Buffer.from(bytes);
    for (; at !== -1; at = copy.indexOf(secret, at)) copy.fill(STAR, at, at + secret.length);
    return copy;
  };

  return {
    headers(received) {
      if (isShort || !Object.values(received).some((value) => String(value).includes(token))) return received;
      const kept = Object.entries(received).filter(([, value]) => !String(value).includes(token));
      return Object.fromEntries(kept);
    },
    write(chunk) {
      if (isShort) return chunk;
      const bytes = masked(held.length === 0 ? chunk : Buffer.concat([held, chunk]));
      const begun = begunIn(bytes);
      held = begun === 0 ? NOTHING : bytes.subarray(bytes.length - begun);
      return begun === 0 ? bytes : bytes.subarray(0, bytes.length - begun);
    },
    end() {
      const rest = held;
      held = NOTHING;
      return rest;
    },
    text: (text) => (isShort ? text : text.replaceAll(token, STAR.repeat(secret.length))),
  };
}
