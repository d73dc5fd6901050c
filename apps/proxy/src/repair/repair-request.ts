import type { Refusal } from "@tokenflow/core/provider";
import type { RequestBody } from "../body/request-body.ts";
import type { RefusedPart } from "./learned-refusals.ts";
import { findMember } from "./member-path.ts";
import { removeMembers } from "./remove-members.ts";

/** A request as it is sent to the upstream. */
export interface SentRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RequestBody | undefined;
  /** The parts of the caller's request that were taken away. */
  readonly without: readonly RefusedPart[];
}

/** Returns the request without the parts that the upstream is known to refuse; a promise only if there are any. */
export function repairRequest(
  headers: Readonly<Record<string, string>>,
  body: RequestBody | undefined,
  refused: readonly RefusedPart[],
): SentRequest | Promise<SentRequest> {
  const original: SentRequest = { headers, body, without: [] };
  return refused.length === 0 ? original : removeParts(original, refused);
}

async function removeParts(
  { headers, body }: SentRequest,
  refused: readonly RefusedPart[],
): Promise<SentRequest> {
  let kept = headers;
  const without: RefusedPart[] = [];
  for (const part of refused) {
    if (!("header" in part)) continue;
    const before = kept;
    kept = withoutValue(kept, part.header, part.value);
    if (kept !== before) without.push(part);
  }
  const smaller = await body?.edit((plain) => {
    let rest = plain;
    for (const part of refused) {
      if (!("member" in part)) continue;
      const before = rest;
      rest = removeMembers(rest, [part.member]);
      if (rest !== before) without.push(part);
    }
    return rest;
  });
  if (smaller === body) return { headers: kept, body, without };
  const { "content-encoding": _encoding, ...decoded } = kept;
  return { headers: decoded, body: smaller, without };
}

/** Returns the parts that a refusal names and this request has, except those that it cannot do without. */
export async function refusedParts(
  refusal: Refusal,
  { headers, body }: SentRequest,
): Promise<readonly RefusedPart[]> {
  const { headerValues = {}, members = [] } = refusal;
  const values = Object.entries(headerValues).flatMap(([header, list]) =>
    list
      .filter((value) => withoutValue(headers, header, value) !== headers)
      .map((value) => ({ header, value })),
  );
  const json = members.length > 0 ? await body?.json() : undefined;
  const found = members.map((named) => findMember(json, named)).filter((member) => member !== undefined);
  return [...values, ...found.map((member) => ({ member }))];
}

/** Returns the headers without a value of a list; the same object if it is not there. */
function withoutValue(
  headers: SentRequest["headers"],
  header: string,
  value: string,
): SentRequest["headers"] {
  const { [header]: list, ...others } = headers;
  const values = list?.split(",").map((one) => one.trim()) ?? [];
  if (!values.includes(value)) return headers;
  const kept = values.filter((one) => one !== value && one !== "");
  return kept.length === 0 ? others : { ...others, [header]: kept.join(",") };
}
