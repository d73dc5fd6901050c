import type { TokenFlowError } from "../base/errors.ts";
import type { Token } from "../token/token.ts";
import type { Grant } from "./provider.ts";

/** One grant, one token, or both, for one provider and one account. */
export interface Session {
  readonly provider: string;
  readonly account: string;
  /** Who the service says signed in; shown, and never a key. */
  readonly login?: string | undefined;
  /** Not enumerable: `JSON.stringify`, spreads and log lines do not see it. */
  readonly grant?: Grant | undefined;
  readonly token?: Token | undefined;
  /** Why there is no token yet, when consent was given but the first token could not be fetched. */
  readonly failure?: TokenFlowError | undefined;
}

/** A copy whose named properties can be read, but are seen by no spread, `JSON.stringify` or `inspect`. */
export function hideProperties<T extends object>(value: T, ...names: readonly (keyof T)[]): T {
  const copy = { ...value };
  for (const name of names) {
    const secret = value[name];
    Object.defineProperty(copy, name, { get: () => secret, enumerable: false });
  }
  return copy;
}
