import { encode, renderUnicodeCompact } from "uqr";
import type { Terminal } from "./terminal.ts";

/** A light margin. Cameras do not find the code without one. */
const BORDER = 2;

const DARK = "\u001B[40m  ";
const LIGHT = "\u001B[47m  ";
const RESET = "\u001B[0m";

/** Returns `undefined` for more than about 2,900 characters: no QR code holds them. */
function encodeUrl(address: string): ReturnType<typeof encode> | undefined {
  try {
    return encode(address, { border: BORDER });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Returns the QR code of an address, or the reason why it cannot be shown here. */
export function qrCode(
  address: string,
  { columns, ascii, interactive }: Pick<Terminal, "columns" | "ascii" | "interactive">,
): string {
  const code = encodeUrl(address);
  if (!code) return "The link is too long for a QR code.";
  const { size, data } = code;
  // Without block characters, every square is two coloured spaces, even if colours are turned off.
  const width = ascii ? size * 2 : size;
  if (interactive && width > columns) {
    return `The terminal is too narrow for a QR code, which needs ${width} columns.`;
  }
  if (!ascii) return renderUnicodeCompact(address, { border: BORDER });
  if (!interactive) return "A QR code needs a terminal or a UTF-8 locale.";
  return data.map((row) => row.map((dark) => (dark ? DARK : LIGHT)).join("") + RESET).join("\n");
}
