import type { TokenFlowError } from "../base/errors.ts";
import type { Token } from "../token/token.ts";
import type { Grant } from "./call.ts";

/** A grant, a token, or both, for one provider and one account. */
export interface Session {
  readonly provider: string;
  readonly account: string;
  /** The name of the account at the service. It is for display, never a key. */
  readonly login?: string | undefined;
  /** Not enumerable, so that `JSON.stringify`, spreads and log lines do not show it. */
  readonly grant?: Grant | undefined;
  readonly token?: Token | undefined;
  /** Why there is no token yet, if the person approved but the first token could not be fetched. */
  readonly failure?: TokenFlowError | undefined;
}
