import { SIGNS_OUT } from "../world/operations.ts";
import type { Invariant } from "./invariant.ts";

/** Far above what a wait for a lock costs. */
const MAX_CALLS = 150;

export const noSpin: Invariant = {
  rule: "No process makes more than 150 calls in a second",
  check({ processes }) {
    const spinning = processes.find(({ calls }) => calls > MAX_CALLS);
    return spinning && `${spinning.name} made more than ${MAX_CALLS} calls in a second`;
  },
};

/** A failure is followed by a pause of 1 s, less a fifth by chance. */
const MIN_PAUSE = 800;

export const noSendInPause: Invariant = {
  rule: "No grant is sent before the pause after a failure is over",
  check({ facts }) {
    const sending = facts.find((fact) => fact.what === "sending" && fact.sinceFailure < MIN_PAUSE);
    return sending && `${sending.by.name} sent a grant in the pause`;
  },
};

export const noErrorForNothing: Invariant = {
  rule: "No operation fails when nothing went wrong",
  check({ facts, incidents, wasEverThere, processes }) {
    const mayBeGone = !wasEverThere || processes.some(({ operations }) => operations.includes("signout"));
    for (const fact of facts) {
      if (fact.what !== "ended" || fact.outcome === "done" || incidents > 0) continue;
      if (mayBeGone && /^session.signed_out$|AbortError|Signed out/.test(fact.outcome)) continue;
      // Two fresh tokens in a row were rejected: the second refusal reaches the caller.
      if (fact.operation === "reject" && fact.outcome === "token.rejected") continue;
      if (fact.outcome !== "manager.closed")
        return `${fact.operation} of ${fact.by.name} ended with ${fact.outcome}`;
    }
    return undefined;
  },
};

export const noLoss: Invariant = {
  rule: "A session ends only by a sign-out, or by one of the two exceptions",
  check({ afterwards, excuse, processes, wasEverThere }) {
    if (afterwards === undefined || afterwards === "done" || excuse !== undefined || !wasEverThere)
      return undefined;
    const mayBeGone = processes.some(({ operations }) => operations.some((name) => SIGNS_OUT.includes(name)));
    if (afterwards === "session.signed_out" && mayBeGone) return undefined;
    return `The session is dead afterwards: ${afterwards}`;
  },
};

export const noLockLeft: Invariant = {
  rule: "A lock is released when everything has ended",
  check({ afterwards, holder }) {
    return afterwards !== undefined && holder && !holder.isDead ? `${holder.name} keeps the lock` : undefined;
  },
};

export const noMarkForNothing: Invariant = {
  rule: "No intent is left when nothing went wrong",
  check: ({ afterwards, incidents, stored }) =>
    afterwards !== undefined && incidents === 0 && stored()?.hasMark ? "An intent was left" : undefined,
};
