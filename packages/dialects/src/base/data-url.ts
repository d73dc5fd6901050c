/** The parts of a `data:` URL with base64. */
export interface DataUrl {
  readonly mediaType: string;
  readonly data: string;
}

/** Splits a `data:` URL. Returns `undefined` for any other URL. */
export function readDataUrl(url: string): DataUrl | undefined {
  if (!url.startsWith("data:")) return undefined;
  const comma = url.indexOf(",");
  const head = url.slice("data:".length, comma);
  if (comma === -1 || !head.endsWith(";base64")) return undefined;
  return { mediaType: head.slice(0, -";base64".length), data: url.slice(comma + 1) };
}

export function writeDataUrl({ mediaType, data }: DataUrl): string {
  return `data:${mediaType};base64,${data}`;
}

/** Encodes text as base64. */
export function encodeText(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Decodes base64 to text. Returns an empty text for anything else. */
export function decodeText(data: string): string {
  try {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "";
  }
}
