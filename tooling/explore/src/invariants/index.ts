import type { WorldState } from "../world/facts.ts";
import { noErrorForNothing, noLockLeft, noLoss, noMarkForNothing, noSendInPause, noSpin } from "./ends.ts";
import {
  copiesLive,
  noDroppedGrant,
  noGrantTwiceForNothing,
  noSpentGrantWhileTokenLives,
  oneGrantInFlight,
} from "./grants.ts";
import type { Invariant } from "./invariant.ts";
import { noOlderSession, nothingAfterClose, theWritersKey } from "./order.ts";
import { noDeadToken, noRejectedToken } from "./tokens.ts";

/** All of them are checked in every state. Add yours here. */
export const INVARIANTS: readonly Invariant[] = [
  oneGrantInFlight,
  noSpentGrantWhileTokenLives,
  noGrantTwiceForNothing,
  noDroppedGrant,
  copiesLive,
  noDeadToken,
  noRejectedToken,
  nothingAfterClose,
  noOlderSession,
  theWritersKey,
  noSpin,
  noSendInPause,
  noErrorForNothing,
  noLoss,
  noLockLeft,
  noMarkForNothing,
];

/** Returns what is wrong in a state, with the rule that it breaks. */
export function checkInvariants(
  state: WorldState,
  invariants: readonly Invariant[] = INVARIANTS,
): string | undefined {
  for (const { rule, check } of invariants) {
    const found = check(state);
    if (found !== undefined) return `${found} (${rule})`;
  }
  return undefined;
}
