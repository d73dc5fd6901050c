import type { UpstreamAnswer } from "../contracts/upstream.ts";
import type { StoredToken } from "../token/timed-token.ts";

/** A token that the API rejected. */
export interface Rejection {
  /** Its age at that moment. */
  readonly age: number;
  /** The API's answer, if the caller passed it on. */
  readonly answer: UpstreamAnswer | undefined;
}

/** The text of a token in an `Authorization` header. With another scheme it is another token. */
export type TokenText = Pick<StoredToken, "accessToken" | "tokenType">;

/** The tokens of one session that the API rejected, as far as this process was told. */
export interface Rejections {
  add(token: TokenText, rejection: Rejection): void;
  of(token: TokenText): Rejection | undefined;
  /** Forgets one token, since the service returned it once more. */
  forget(token: TokenText): void;
  clear(): void;
}

/** How many are remembered. */
const MAX_REJECTIONS = 16;

export function createRejections(): Rejections {
  const known = new Map<string, Rejection>();
  return {
    add(token, rejection) {
      known.set(textOf(token), rejection);
      const oldest = known.keys().next();
      if (known.size > MAX_REJECTIONS && !oldest.done) known.delete(oldest.value);
    },
    of: (token) => known.get(textOf(token)),
    forget(token) {
      known.delete(textOf(token));
    },
    clear() {
      known.clear();
    },
  };
}

/** Returns true if two records hold one token of one redemption. A service may return the same text again. */
export function isSameRedemption(one: StoredToken | undefined, other: StoredToken | undefined): boolean {
  if (!one || !other) return one === other;
  return isSameText(one, other) && one.issuedAt === other.issuedAt;
}

export function isSameText(one: TokenText, other: TokenText): boolean {
  return textOf(one) === textOf(other);
}

function textOf({ accessToken, tokenType }: TokenText): string {
  return `${tokenType.toLowerCase()} ${accessToken}`;
}
