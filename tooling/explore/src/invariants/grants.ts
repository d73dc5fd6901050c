import type { Invariant } from "./invariant.ts";

export const oneGrantInFlight: Invariant = {
  rule: "Under a kernel lock, no two grants are in flight",
  check: ({ lock, inFlight }) =>
    lock === "kernel" && inFlight.length > 1
      ? inFlight.map(({ by, grant }) => `${by.name} has ${grant} in flight`).join(", ")
      : undefined,
};

export const noSpentGrantWhileTokenLives: Invariant = {
  rule: "A spent grant is not sent while the token lives",
  check({ service, facts, excuse }) {
    if (excuse?.startsWith("a holder")) return undefined;
    for (const fact of facts) {
      if (fact.what !== "sent" || fact.outcome !== "spent") continue;
      // A service that forgives for a while counts until the request is there.
      const isLate = service === "forgiving" && fact.wasLate;
      if (fact.whileTokenLives && !isLate)
        return `${fact.by.name} sent the spent ${fact.grant} while the stored token lives`;
    }
    return undefined;
  },
};

export const noGrantTwiceForNothing: Invariant = {
  rule: "A spent grant is sent only if something went wrong",
  check({ facts, incidents }) {
    const sent = facts.find((fact) => fact.what === "sent" && fact.outcome !== "redeemed");
    return sent && incidents === 0
      ? `${sent.by.name} sent a grant twice, and nothing had gone wrong`
      : undefined;
  },
};

export const noDroppedGrant: Invariant = {
  rule: "A living grant is not dropped",
  check({ facts, isLiving, stored, excuse }) {
    for (const { what, by, ...fact } of facts) {
      const isDrop = what === "event" && "event" in fact && fact.event.type === "session.dropped";
      const grant = by.redeemed?.grant;
      if (!isDrop || grant === undefined || !isLiving(grant)) continue;
      const instead = stored()?.grant;
      if (instead === grant) return `${by.name} tells of ${grant} as dropped, and it is stored`;
      if (instead !== undefined && instead.at(0) === grant.at(0) && !isLiving(instead) && !excuse)
        return `${by.name} dropped the living ${grant}`;
    }
    return undefined;
  },
};

export const copiesLive: Invariant = {
  rule: "A copied grant was living when it was copied, or has an intent, or the store lost the lock",
  check({ facts, isLiving, excuse, hasLostLock }) {
    if (hasLostLock) return undefined;
    for (const fact of facts) {
      if (fact.what !== "copied" || fact.grant === undefined || fact.hasMark) continue;
      if (!isLiving(fact.grant) && !excuse) return `${fact.by.name} copied the spent ${fact.grant}`;
    }
    return undefined;
  },
};
