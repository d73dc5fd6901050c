import type { TokenFlowError } from "../base/errors.ts";
import type { Token } from "../token/token.ts";
import type { Grant } from "./call.ts";

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
