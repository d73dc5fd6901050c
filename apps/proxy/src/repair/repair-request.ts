import { parseJson, type Refusal } from "@tokenflow/core/provider";
import type { RequestBody } from "../routing/request-body.ts";
import type { RefusedPart } from "./learned-refusals.ts";
import { findMember } from "./member-path.ts";
import { removeMembers } from "./remove-members.ts";

/** A request as it is sent to the upstream. */
export interface SentRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** The same body, decompressed. */
  readonly plain: Buffer | undefined;
  /** The parts of the caller's request that were taken away. */
  readonly without: readonly RefusedPart[];
}

/** Returns the request without the parts that the upstream is known to refuse. */
export function repairRequest(
  headers: Readonly<Record<string, string>>,
  body: RequestBody | undefined,
  refused: readonly RefusedPart[],
): SentRequest {
  const original: SentRequest = { headers, body: body?.bytes ?? null, plain: body?.plain, without: [] };
  if (refused.length === 0) return original;
  let kept = headers;
  let plain = body?.plain;
  const without = refused.filter((part) => {
    if ("header" in part) {
      const before = kept;
      kept = withoutValue(kept, part.header, part.value);
      return kept !== before;
    }
    const smaller = plain && removeMembers(plain, [part.member]);
    const isSmaller = smaller !== plain;
    plain = smaller;
    return isSmaller;
  });
  if (without.length === 0) return original;
  if (plain === body?.plain) return { ...original, headers: kept, without };
  const { "content-encoding": _encoding, ...decoded } = kept;
  return { headers: decoded, body: plain ?? null, plain, without };
}

/** Returns the parts that a refusal names and this request has, except those that it cannot do without. */
export function refusedParts(refusal: Refusal, { headers, plain }: SentRequest): readonly RefusedPart[] {
  const { headerValues = {}, members = [] } = refusal;
  const values = Object.entries(headerValues).flatMap(([header, list]) =>
    list
      .filter((value) => withoutValue(headers, header, value) !== headers)
      .map((value) => ({ header, value })),
  );
  const json = members.length > 0 && plain ? parseJson(withoutMark(plain.toString("utf8"))) : undefined;
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

function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, "");
}
