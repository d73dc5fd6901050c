import { SIGNS_IN } from "../world/operations.ts";
import type { Invariant } from "./invariant.ts";

export const nothingAfterClose: Invariant = {
  rule: "Nothing begins after close()",
  check({ facts }) {
    const late = facts.find((fact) => fact.what === "call" && fact.by.isClosed);
    return (
      late && `${late.by.name} began ${late.what === "call" ? late.call : ""} after close() had resolved`
    );
  },
};

export const noOlderSession: Invariant = {
  rule: "No older session is written over a newer one",
  check({ facts }) {
    for (const fact of facts) {
      if (fact.what !== "written" || !fact.after) continue;
      const { before, after } = fact;
      if (before?.signIn === after.signIn && after.counter < before.counter)
        return `${fact.by.name} wrote revision ${after.counter} over ${before.counter}`;
      const isSignIn = fact.by.operations.some((operation) => SIGNS_IN.includes(operation));
      if (before?.signIn !== after.signIn && !isSignIn)
        return `${fact.by.name} wrote a session that was gone`;
    }
    return undefined;
  },
};

export const theWritersKey: Invariant = {
  rule: "A session is written under the key of the manager that redeemed it",
  check({ facts }) {
    for (const fact of facts) {
      const grant = fact.what === "written" ? fact.after?.grant : undefined;
      if (fact.what !== "written" || grant === undefined || grant !== fact.by.redeemed?.grant) continue;
      const keyId = fact.before?.grant === grant ? fact.after?.keyId : fact.by.redeemed.keyId;
      if (fact.after?.keyId !== keyId)
        return `${fact.by.name} wrote under ${fact.after?.keyId}, not ${keyId}`;
    }
    return undefined;
  },
};
