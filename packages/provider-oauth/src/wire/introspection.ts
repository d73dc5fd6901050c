import { asNumber, asString, type HttpAnswer, okJson } from "@tokenflow/core/provider";

import { loginOf } from "./claims.ts";

/** RFC 7662 §2.2: what the server says of a token. */
export interface Introspection {
  readonly active: boolean;
  readonly login?: string | undefined;
  readonly scope?: string | undefined;
  /** The moment of its end, in milliseconds since 1970 on the server's clock. */
  readonly expiresAt?: number | undefined;
}

export function readIntrospection(answer: HttpAnswer): Introspection | undefined {
  const body = okJson(answer);
  const { active } = body;
  if (typeof active !== "boolean") return undefined;
  const end = asNumber(body["exp"]);
  return {
    active,
    login: asString(body["username"]) ?? loginOf(body),
    scope: asString(body["scope"]),
    ...(end === undefined ? {} : { expiresAt: end * 1000 }),
  };
}
