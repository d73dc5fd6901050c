/** Collects bytes as they arrive, in few pieces: a caller may send a megabyte one byte at a time. */
export interface ByteList {
  /** Adds bytes. Returns how many more bytes of memory the list takes. */
  push(bytes: Buffer): number;
  /** Returns the pieces and forgets them. */
  take(): readonly Buffer[];
}

const MIN_BLOCK = 16 * 1024;
const MAX_BLOCK = 256 * 1024;

export function createByteList(): ByteList {
  let pieces: Buffer[] = [];
  let size = 0;
  /** The block that is being filled. */
  let block: Buffer | undefined;
  let filled = 0;

  const closeBlock = (): void => {
    if (block) pieces.push(block.subarray(0, filled));
    block = undefined;
  };

  return {
    push(bytes) {
      const before = size;
      size += bytes.length;
      // Most bodies arrive as one piece, which is kept as it is.
      if (before === 0) {
        pieces.push(bytes);
        return bytes.length;
      }
      const copied = block ? bytes.copy(block, filled) : 0;
      filled += copied;
      if (copied === bytes.length) return 0;
      closeBlock();
      const rest = bytes.length - copied;
      block = Buffer.allocUnsafeSlow(Math.max(rest, Math.min(Math.max(before, MIN_BLOCK), MAX_BLOCK)));
      filled = bytes.copy(block, 0, copied);
      return block.length;
    },
    take() {
      closeBlock();
      const taken = pieces;
      pieces = [];
      return taken;
    },
  };
}
