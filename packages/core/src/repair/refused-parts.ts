import { isJsonObject, type JsonValue } from "../base/json.ts";
import type { Refusal } from "../contracts/upstream.ts";
import { removeMembers, renameMember, replaceMember } from "./edit-members.ts";
import type { RefusedPart } from "./learned-refusals.ts";
import { findMember, isKept } from "./member-path.ts";

/** A body that can be sent again. */
export interface EditableBody<Self> {
  /** Parses it. Returns `undefined` if it is not JSON, or too much of it. */
  json(): JsonValue | undefined | Promise<JsonValue | undefined>;
  /** Returns it with other bytes, or itself if they are the same. What is not JSON is not changed. */
  edit(change: (plain: Uint8Array) => Uint8Array): Self | Promise<Self>;
}

/** A request as it is sent to the upstream. */
export interface SentRequest<Body> {
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
  /** The parts of the caller's request that were taken away. */
  readonly without: readonly RefusedPart[];
}

/** The headers that describe the bytes of a body. */
const OF_THE_BYTES: ReadonlySet<string> = new Set(["content-encoding", "content-length"]);

/**
 * Returns the request without the parts that it has of these.
 * @param name the upstream's name of the model, if the body has another
 */
export async function removeParts<Body extends EditableBody<Body>>(
  { headers, body }: Omit<SentRequest<Body>, "without">,
  refused: readonly RefusedPart[],
  name?: string,
): Promise<SentRequest<Body>> {
  let kept = headers;
  const without: RefusedPart[] = [];
  for (const part of refused) {
    if (!("header" in part)) continue;
    const before = kept;
    kept = withoutValue(kept, part.header, part.value);
    if (kept !== before) without.push(part);
  }
  const changed = await body?.edit((plain) => {
    let rest = name === undefined ? plain : replaceMember(plain, "model", name);
    for (const part of refused) {
      if ("header" in part) continue;
      const before = rest;
      rest = "member" in part ? removeMembers(rest, [part.member]) : renameMember(rest, part.from, part.to);
      if (rest !== before) without.push(part);
    }
    return rest;
  });
  if (changed === body) return { headers: kept, body, without };
  const others = Object.entries(kept).filter(([header]) => !OF_THE_BYTES.has(header));
  return { headers: Object.fromEntries(others), body: changed, without };
}

/** Returns the parts that a refusal names and this request has, except those that it cannot do without. */
export async function refusedParts<Body extends EditableBody<Body>>(
  { headerValues = {}, members = [], renamed = {} }: Refusal,
  { headers, body }: SentRequest<Body>,
): Promise<readonly RefusedPart[]> {
  const values = Object.entries(headerValues).flatMap(([name, list]) => {
    const header = name.toLowerCase();
    return list
      .filter((value) => withoutValue(headers, header, value) !== headers)
      .map((value) => ({ header, value }));
  });
  const names = Object.entries(renamed);
  const json = members.length + names.length > 0 ? await body?.json() : undefined;
  const found = members.map((named) => findMember(json, named)).filter((member) => member !== undefined);
  const others = names.flatMap(([from, to]) => {
    const isThere = isJsonObject(json) && Object.hasOwn(json, from) && !Object.hasOwn(json, to);
    return isThere && !isKept([from], json) ? [{ from, to }] : [];
  });
  return [...values, ...found.map((member) => ({ member })), ...others];
}

/** Returns the headers without a value of a list; the same object if it is not there. */
function withoutValue(
  headers: Readonly<Record<string, string>>,
  header: string,
  value: string,
): Readonly<Record<string, string>> {
  const { [header]: list, ...others } = headers;
  const values = list?.split(",").map((one) => one.trim()) ?? [];
  if (!values.includes(value)) return headers;
  const kept = values.filter((one) => one !== value && one !== "");
  return kept.length === 0 ? others : { ...others, [header]: kept.join(",") };
}
