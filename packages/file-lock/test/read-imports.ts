/** The functions and libraries that a library for Linux needs of others. */
export interface Imports {
  readonly libraries: readonly string[];
  /** Functions and variables that must exist when it is loaded, sorted. */
  readonly symbols: readonly string[];
}

const TABLE_OF_SYMBOLS = 11;
const DYNAMIC = 6;
const NEEDED = 1;
const GLOBAL = 1;

/** Reads the imports of a 64-bit little-endian ELF file (elf(5)). */
export function readImports(file: Buffer): Imports {
  const number = (at: number): number => Number(file.readBigUInt64LE(at));
  const start = number(0x28);
  const sections = Array.from({ length: file.readUInt16LE(0x3c) }, (_, index) => {
    const at = start + index * file.readUInt16LE(0x3a);
    const [offset, size] = [number(at + 0x18), number(at + 0x20)];
    return {
      type: file.readUInt32LE(at + 4),
      bytes: file.subarray(offset, offset + size),
      link: file.readUInt32LE(at + 0x28),
    };
  });
  /** Returns the records of a section, and the function that reads their names. */
  const read = (type: number, size: number) => {
    const section = sections.find((one) => one.type === type);
    const names = sections[section?.link ?? 0]?.bytes ?? Buffer.alloc(0);
    const bytes = section?.bytes ?? Buffer.alloc(0);
    return {
      records: Array.from({ length: bytes.length / size }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      ),
      nameAt: (at: number): string => names.toString("latin1", at, names.indexOf(0, at)),
    };
  };
  const dynamic = read(DYNAMIC, 16);
  const symbols = read(TABLE_OF_SYMBOLS, 24);
  return {
    libraries: dynamic.records
      .filter((record) => Number(record.readBigUInt64LE(0)) === NEEDED)
      .map((record) => dynamic.nameAt(Number(record.readBigUInt64LE(8)))),
    symbols: symbols.records
      // Without a section it is another library's. A weak one may be missing.
      .filter((record) => record.readUInt16LE(6) === 0 && record.readUInt8(4) >> 4 === GLOBAL)
      .map((record) => symbols.nameAt(record.readUInt32LE(0)))
      .sort(),
  };
}
