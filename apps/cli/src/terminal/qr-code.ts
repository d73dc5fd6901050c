import { encode, renderUnicodeCompact } from "uqr";
import type { Terminal } from "./terminal.ts";

/** A light margin, without which cameras do not find the code. */
const BORDER = 2;

const DARK = "\u001B[40m  ";
const LIGHT = "\u001B[47m  ";
const RESET = "\u001B[0m";

/** The code for an address, or why it cannot be shown here. */
export function qrCode(
  address: string,
  { columns, ascii, interactive }: Pick<Terminal, "columns" | "ascii" | "interactive">,
): string {
  const { size, data } = encode(address, { border: BORDER });
  // Without block characters every square is two spaces, coloured: colours are not for beauty here.
  const width = ascii ? size * 2 : size;
  if (interactive && width > columns) {
    return `The terminal is too narrow for a QR code: it wants ${width} columns.`;
  }
  if (!ascii) return renderUnicodeCompact(address, { border: BORDER });
  if (!interactive) return "A QR code wants a terminal, or a locale with UTF-8.";
  return data.map((row) => row.map((dark) => (dark ? DARK : LIGHT)).join("") + RESET).join("\n");
}
