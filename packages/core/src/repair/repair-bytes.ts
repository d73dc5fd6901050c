import type { AnswerRepair } from "../contracts/upstream.ts";
import { formatEvents, type RepairEvent, repairEvents } from "./event-text.ts";

/** Repairs the bytes of a stream of events, in chunks of any size. */
export interface EventStreamRepair {
  /** Returns the bytes that can be passed on: whole events, or none while the first one is incomplete. */
  write(chunk: Uint8Array): Uint8Array;
  /** Returns the rest. */
  end(): Uint8Array;
}

/** The longest body that is held for a repair, in bytes. */
export const MAX_REPAIRED_BODY: number = 64 * 1024 * 1024;

/** An event that is longer passes as it came, in bytes. */
const MAX_EVENT = 8 * 1024 * 1024;
const LF = 10;
const CR = 13;
const NOTHING = new Uint8Array(0);
/** Stands in a text for bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
/** Memory for texts that are encoded. To allocate some for each takes more time than the encoding itself. */
let pool: Uint8Array = NOTHING;
const POOL_SIZE = 256 * 1024;

export interface EventStreamRepairOptions {
  /** The longest event that is held, in bytes. A longer one passes as it came. @default 8 MiB @example 1_000_000 */
  readonly maxEvent?: number | undefined;
  /** See {@link AnswerRepair.isDone}. @default every event is repaired @example () => true */
  readonly isDone?: (() => boolean) | undefined;
  /** See {@link AnswerRepair.only}. @default every event is repaired @example '"error"' */
  readonly only?: AnswerRepair["only"];
  /** See {@link AnswerRepair.end}. @default nothing is added @example () => [{ data: "[DONE]" }] */
  readonly end?: AnswerRepair["end"];
}

/** Creates the repair of one stream. Events that `repair` returns unchanged keep their bytes. */
export function createEventStreamRepair(
  repair: RepairEvent,
  { maxEvent = MAX_EVENT, isDone, only, end: finish }: EventStreamRepairOptions = {},
): EventStreamRepair {
  /** The beginning of an event. */
  let parts: Uint8Array[] = [];
  let size = 0;
  /** True within an event that is too long to be held. */
  let passing = false;

  const words = typeof only === "string" ? [only] : only;
  const repaired = (bytes: Uint8Array): Uint8Array =>
    repairBytes(bytes, repair, !isDone || isDone() ? words : undefined);
  const take = (): Uint8Array => {
    const taken = parts.length === 1 && parts[0] ? parts[0] : concat(parts, size);
    parts = [];
    size = 0;
    return taken;
  };
  const keep = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    parts.push(bytes);
    size += bytes.length;
  };

  return {
    write(chunk) {
      const isBetween = size === 0 && !passing;
      if (isBetween && only === undefined && isDone?.()) return chunk;
      if (isBetween && endsWithBlankLine(chunk)) return repaired(chunk);
      const last = endOfLastEvent(chunk) || endAcross(parts.at(-1), chunk);
      if (last === 0) {
        if (passing) {
          const held = take();
          keep(chunk.subarray(-3));
          return concat([held, chunk.subarray(0, -3)], held.length + Math.max(0, chunk.length - 3));
        }
        keep(chunk);
        if (size <= maxEvent) return NOTHING;
        passing = true;
        const held = take();
        keep(held.subarray(-3));
        return held.subarray(0, -3);
      }
      keep(chunk.subarray(0, last));
      const block = take();
      keep(chunk.subarray(last));
      if (!passing) return repaired(block);
      passing = false;
      const end = endOfFirstEvent(block);
      const rest = repaired(block.subarray(end));
      return concat([block.subarray(0, end), rest], end + rest.length);
    },
    end() {
      const rest = take();
      const bytes = passing || rest.length === 0 ? rest : repaired(rest);
      const last = encode(formatEvents(finish?.() ?? []));
      return last.length === 0 ? bytes : concat([bytes, last], bytes.length + last.length);
    },
  };
}

/** A line of an event, after what may stand before it. No JSON begins so. */
const EVENT_LINE = /^\ufeff?[\r\n ]*(?:data|event|id|retry)?:/;
/** The longest beginning that is looked at, in bytes. */
const MAX_START = 64;

/**
 * Returns true if a body begins as a stream of events does, whatever its type says; `undefined` if that is too little to
 * tell.
 */
export function isStartOfEvents(start: Uint8Array): boolean | undefined {
  const text = decoder.decode(start.subarray(0, MAX_START));
  if (EVENT_LINE.test(text)) return true;
  const word = text.replace(/^\ufeff?[\r\n ]*/, "");
  const mayBecome = ["data", "event", "id", "retry"].some((name) => name.startsWith(word));
  return mayBecome && start.length < MAX_START ? undefined : false;
}

/** Repairs a whole body. If `repair` returns it unchanged, it keeps its bytes. */
export function repairBody(bytes: Uint8Array, repair: (text: string) => string): Uint8Array {
  const text = decoder.decode(bytes);
  const repaired = repair(text);
  return repaired === text ? bytes : encoder.encode(repaired);
}

function repairBytes(
  bytes: Uint8Array,
  repair: RepairEvent,
  words: readonly string[] | undefined,
): Uint8Array {
  const text = decoder.decode(bytes);
  if (words && !words.some((word) => text.includes(word))) return bytes;
  if (text.includes(REPLACEMENT)) return repairEach(bytes, repair);
  const repaired = repairEvents(text, repair);
  return repaired === undefined ? bytes : encode(repaired);
}

/** Repairs event by event, so that those that stay keep bytes that are not UTF-8. */
function repairEach(bytes: Uint8Array, repair: RepairEvent): Uint8Array {
  const events: Uint8Array[] = [];
  let size = 0;
  for (let start = 0; start < bytes.length; ) {
    const rest = bytes.subarray(start);
    const event = rest.subarray(0, endOfFirstEvent(rest));
    const text = decoder.decode(event);
    const repaired = repairEvents(text, repair);
    const kept = repaired === undefined ? event : encode(repaired);
    events.push(kept);
    size += kept.length;
    start += event.length;
  }
  return concat(events, size);
}

/** Encodes the pieces of a text one after another. */
function encode(pieces: readonly string[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  // A character may take three bytes, but hardly ever does. Memory that stays unused was never touched.
  if (pool.length < length) pool = new Uint8Array(Math.max(POOL_SIZE, length + (length >> 3)));
  let size = 0;
  for (const [index, piece] of pieces.entries()) {
    const { read, written } = encoder.encodeInto(piece, size === 0 ? pool : pool.subarray(size));
    size += written;
    if (read < piece.length) return encodeRest(size, [piece.slice(read), ...pieces.slice(index + 1)]);
  }
  return takeFromPool(size);
}

/** Encodes what the pool had no space for. */
function encodeRest(size: number, pieces: readonly string[]): Uint8Array {
  const parts = [takeFromPool(size), ...pieces.map((piece) => encoder.encode(piece))];
  return concat(
    parts,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
}

function takeFromPool(size: number): Uint8Array {
  const taken = pool.subarray(0, size);
  pool = pool.subarray(size);
  return taken;
}

export function concat(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function endsWithBlankLine(bytes: Uint8Array): boolean {
  return bytes.length > 1 && bytes[bytes.length - 1] === LF && bytes[bytes.length - 2] === LF;
}

/** Returns the index after the last blank line, or 0. */
function endOfLastEvent(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at > 0; at -= 1) {
    if ((bytes[at] === LF || bytes[at] === CR) && isBlankLineEnd(bytes, at)) return at + 1;
  }
  return 0;
}

/** Returns the index in `chunk` after a blank line that begins in the part before it, or 0. */
function endAcross(before: Uint8Array | undefined, chunk: Uint8Array): number {
  if (!before) return 0;
  const overlap = before.subarray(-3);
  const seen = concat([overlap, chunk.subarray(0, 3)], overlap.length + Math.min(chunk.length, 3));
  return Math.max(0, endOfLastEvent(seen) - overlap.length);
}

/** Returns the index after the first blank line, or the length. */
function endOfFirstEvent(bytes: Uint8Array): number {
  for (let at = 1; at < bytes.length; at += 1) {
    if ((bytes[at] === LF || bytes[at] === CR) && isBlankLineEnd(bytes, at)) {
      return bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : at + 1;
    }
  }
  return bytes.length;
}

/** Returns true if the end of a line at `at` follows another one. */
function isBlankLineEnd(bytes: Uint8Array, at: number): boolean {
  const before = bytes[at] === LF && bytes[at - 1] === CR ? at - 2 : at - 1;
  return before >= 0 && (bytes[before] === LF || bytes[before] === CR);
}
