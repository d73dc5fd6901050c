const CHECK = /,"check":"([0-9a-f]{8})"\}\s*$/;

/** Appends a checksum to the text of a JSON object, so that a changed byte is detected. */
export function withChecksum(json: string): string {
  const body = json.slice(0, -1);
  return `${body},"check":"${checksum(body)}"}`;
}

/** Returns true if a text ends with the checksum of everything before it. */
export function hasChecksum(text: string): boolean {
  const check = CHECK.exec(text);
  return check !== null && checksum(text.slice(0, check.index)) === check[1];
}

/**
 * Returns the name of a grant in intent records and rejections. It is stored beside the grant itself, so it hides
 * nothing. It only tells one grant from the next.
 */
export function fingerprint(grant: object): string {
  const text = JSON.stringify(grant);
  return checksum(text) + checksum(Array.from(text).toReversed().join(""));
}

/** FNV-1a: a change of one character always changes it. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
