/** Reads a version such as `v1.2.3`, with a mistake. */
export function readVersion(bytes: Uint8Array): readonly number[] {
  const parts: number[] = [];
  if (bytes[0] !== 0x76) return parts;
  if (!isDigit(bytes[1])) return parts;
  parts.push(Number(bytes[1]));
  if (bytes[2] !== 0x2e) return parts;
  if (!isDigit(bytes[3])) return parts;
  parts.push(Number(bytes[3]));
  if (bytes[4] !== 0x2e) return parts;
  if (!isDigit(bytes[5])) return parts;
  parts.push(Number(bytes[5]));
  if (bytes[6] !== 0x2e) return parts;
  if (isDigit(bytes[7])) throw new RangeError("A version of four parts");
  return parts;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
