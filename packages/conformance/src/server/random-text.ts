import { randomBytes } from "node:crypto";

/** Returns random hexadecimal digits. */
export function hex(length: number): string {
  return randomBytes(Math.ceil(length / 2))
    .toString("hex")
    .slice(0, length);
}

/** Returns random letters and digits. */
export function letters(length: number): string {
  let text = "";
  while (text.length < length) text += randomBytes(length).toString("base64").replace(/[+/=]/g, "");
  return text.slice(0, length);
}
