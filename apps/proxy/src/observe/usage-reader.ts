import { encodingsOf, type Unpacker } from "../body/unpack.ts";
import { type AnswerUsage, findUsage } from "./usage-members.ts";

/** Reads the usage of one answer while its body passes. */
export interface UsageReader {
  /** Keeps the chunk if the usage may be in it, without copying it. */
  write(chunk: Buffer): void;
  /** Returns what the body told by now. A promise if it must be decompressed first. */
  usage(): AnswerUsage | Promise<AnswerUsage>;
}

/** How much is kept of a body. Messages tells the input in its first event, and every dialect the rest at the end. */
const HEAD = 8 * 1024;
const TAIL = 32 * 1024;
/** Beyond this number, chunks are joined: a thousand small ones take far more memory than their bytes. */
const MAX_CHUNKS = 1_024;
/** The largest compressed body that is decompressed for its usage, before and after. */
const MAX_PACKED = 4 * 1024 * 1024;
const MAX_UNPACKED = 64 * 1024 * 1024;
const MAX_TIME = 30_000;

export function createUsageReader(encoding: string | undefined, unpacker: Unpacker): UsageReader {
  if (encoding === undefined || encodingsOf(encoding).length === 0) return createSieve(createPlainReader());
  const packed: Buffer[] = [];
  let size = 0;
  return {
    write(chunk) {
      size += chunk.length;
      if (size > MAX_PACKED) packed.length = 0;
      else packed.push(chunk);
    },
    async usage() {
      const reader = createPlainReader();
      const result = await unpacker
        .unpack(packed, {
          encoding,
          limit: MAX_UNPACKED,
          signal: AbortSignal.timeout(MAX_TIME),
          onPiece: (piece) => reader.write(piece),
        })
        .catch(() => "unreadable" as const);
      return result === "whole" ? reader.usage() : {};
    },
  };
}

/** A longer chunk is passed on unread: to search it would take longer than a microsecond. */
const MAX_SEARCHED = 1_024;
/** Stands for what was left out. No event goes on behind it. */
const GAP = Buffer.from("\n\n");

/**
 * Leaves out small chunks of whole events that tell neither figures nor an error, as most are: a thousand streams would
 * hold 30 MB of text for nothing.
 */
function createSieve(reader: UsageReader): UsageReader {
  /** True within an event. */
  let isOpen = false;
  let isGap = false;
  return {
    write(chunk) {
      const isEnd = endsEvent(chunk);
      const tellsNothing = !isOpen && isEnd && chunk.length <= MAX_SEARCHED && !mayTell(chunk);
      isOpen = !isEnd;
      if (!tellsNothing) {
        if (isGap) reader.write(GAP);
        reader.write(chunk);
      }
      isGap = tellsNothing;
    },
    usage: () => reader.usage(),
  };
}

/** The words of figures and of errors; see `findUsage`. */
function mayTell(chunk: Buffer): boolean {
  return chunk.includes('usage"') || chunk.includes("error") || chunk.includes("failed");
}

const LINE = 0x0a;
const RETURN = 0x0d;

/** Returns true if the chunk ends with a blank line. */
function endsEvent(chunk: Buffer): boolean {
  const end = chunk.length;
  if (chunk[end - 1] !== LINE) return false;
  return chunk[end - 2] === LINE || (chunk[end - 2] === RETURN && chunk[end - 3] === LINE);
}

function createPlainReader(): UsageReader {
  let head: Buffer[] = [];
  const tail: Buffer[] = [];
  let headSize = 0;
  let tailSize = 0;
  let isWhole = true;
  // The names and figures are ASCII, and latin1 never fails.
  const find = (chunks: readonly Buffer[], isEnd: boolean): AnswerUsage =>
    findUsage(
      (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)).toString("latin1"),
      isEnd,
    );
  return {
    write(chunk) {
      if (headSize < HEAD) {
        headSize += chunk.length;
        head.push(chunk);
        if (head.length > MAX_CHUNKS) head = [Buffer.concat(head)];
        return;
      }
      tailSize += chunk.length;
      tail.push(chunk);
      while (tail[0] && tailSize - tail[0].length >= TAIL) {
        tailSize -= tail[0].length;
        tail.shift();
        isWhole = false;
      }
      if (tail.length <= MAX_CHUNKS) return;
      const joined = Buffer.concat(tail).subarray(-TAIL);
      if (joined.length < tailSize) isWhole = false;
      tailSize = joined.length;
      tail.splice(0, tail.length, joined);
    },
    usage: () => (isWhole ? find([...head, ...tail], true) : { ...find(head, false), ...find(tail, true) }),
  };
}
