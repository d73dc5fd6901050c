/** Returns a number from 0 on, below `end`. */
export type Dice = (end: number) => number;

/** Returns dice that fall the same each time for one seed. */
export function createDice(seed: number): Dice {
  let state = seed | 0;
  return (end) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(end, 1);
  };
}

/** The longest input, in bytes. */
export const MAX_INPUT: number = 64 * 1024;
/** Most inputs are short, so that many can be tried. */
const USUAL_INPUT = 4 * 1024;
/** Bytes that readers treat in a way of their own. */
const ODD_BYTES: readonly number[] = [
  ...[0x00, 0x09, 0x0a, 0x0d, 0x1b, 0x20, 0x22, 0x25, 0x26, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30],
  ...[0x39, 0x3a, 0x3d, 0x3f, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xbf, 0xc3, 0xe2, 0xef, 0xff],
];
/** Texts that many readers know. */
const USUAL_WORDS: readonly string[] = [
  ...["\r\n", "\n\n", "\\u0000", "\\ud800", "\ufeff", "\u2028", "null", "true", "[]", "{}", '""'],
  ...["-1", "1e999", "0", "9007199254740993", "__proto__", "constructor", "🌍", "\\", '"', "..", "%2f"],
];

/** Returns a changed copy of an input. */
export function mutate(
  input: Uint8Array,
  others: readonly Uint8Array[],
  words: readonly string[],
  dice: Dice,
): Uint8Array {
  let bytes = input;
  const rounds = 1 + dice(4);
  for (let round = 0; round < rounds; round += 1) bytes = mutateOnce(bytes, others, words, dice);
  const limit = dice(50) === 0 ? MAX_INPUT : USUAL_INPUT;
  return bytes.subarray(0, limit);
}

function mutateOnce(
  bytes: Uint8Array,
  others: readonly Uint8Array[],
  words: readonly string[],
  dice: Dice,
): Uint8Array {
  const at = dice(bytes.length + 1);
  const length = 1 + dice(Math.min(bytes.length - at, 2 ** dice(10)));
  const part = bytes.subarray(at, at + length);
  const put = (between: Uint8Array, removed: number): Uint8Array =>
    Buffer.concat([bytes.subarray(0, at), between, bytes.subarray(at + removed)]);
  switch (dice(9)) {
    case 0:
      return put(Uint8Array.of((bytes[at] ?? 0) ^ (1 << dice(8))), 1);
    case 1:
      return put(Uint8Array.of(ODD_BYTES[dice(ODD_BYTES.length)] ?? 0), dice(2));
    case 2:
      return put(new Uint8Array(0), length);
    case 3: {
      const all = dice(2) === 0 ? USUAL_WORDS : words;
      return put(Buffer.from(all[dice(all.length)] ?? ""), dice(3) === 0 ? length : 0);
    }
    case 4: {
      const other = others[dice(others.length)] ?? bytes;
      const from = dice(other.length + 1);
      return put(other.subarray(from, from + 1 + dice(256)), dice(2) === 0 ? length : 0);
    }
    case 5:
      return put(part, 0);
    // Work that grows faster than the input shows only with long ones.
    case 6:
      return dice(20) > 0 ? put(part, 0) : put(repeat(part, 2 ** (4 + dice(9))), 0);
    case 7: {
      const to = dice(bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, to), part, bytes.subarray(to)]);
    }
    default:
      return put(Buffer.from(String(dice(2) === 0 ? dice(1_000) : 2 ** dice(64))), length);
  }
}

function repeat(part: Uint8Array, times: number): Uint8Array {
  const most = Math.min(times, Math.floor(MAX_INPUT / Math.max(part.length, 1)));
  return Buffer.concat(Array.from({ length: most }, () => part));
}
