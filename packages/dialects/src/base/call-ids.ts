import { decode, encode } from "./seal.ts";

/** Messages accepts only such ids of tool calls. */
const VALID = /^[\w-]{1,128}$/;
const MARK = "tfid_";

/** Returns the id of a tool call as Messages accepts it. {@link originalCallId} restores it. */
export function validCallId(id: string): string {
  return VALID.test(id) ? id : MARK + encode(id);
}

/** Restores an id that {@link validCallId} changed. */
export function originalCallId(id: string): string {
  return id.startsWith(MARK) ? decode(id.slice(MARK.length)) || id : id;
}
