const CHECK = /,"check":"([0-9a-f]{8})"\}\s*$/;

/** Ends a JSON object's text with a checksum of all before it, so that no changed byte passes unseen. */
export function withChecksum(json: string): string {
  const body = json.slice(0, -1);
  return `${body},"check":"${checksum(body)}"}`;
}

/** Whether a text ends with the checksum of all before it. */
export function hasChecksum(text: string): boolean {
  const check = CHECK.exec(text);
  return check !== null && checksum(text.slice(0, check.index)) === check[1];
}

/**
 * A grant's name in marks and refusals. It stands beside the grant itself, so it need not hide anything:
 * it only tells one grant from the next.
 */
export function fingerprint(grant: object): string {
  const text = JSON.stringify(grant);
  return checksum(text) + checksum(Array.from(text).toReversed().join(""));
}

/** FNV-1a: a change of any one character changes it for certain. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
