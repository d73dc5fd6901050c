import type { Invariant } from "./invariant.ts";

export const noDeadToken: Invariant = {
  rule: "No token is handed out after its end",
  check({ facts, endOf, now }) {
    const handed = facts.find((fact) => fact.what === "handed" && endOf(fact.token) <= now);
    return handed && `${handed.by.name} was handed a dead token`;
  },
};

export const noRejectedToken: Invariant = {
  rule: "No token is handed out after its rejection",
  check({ facts }) {
    const handed = facts.find((fact) => fact.what === "handed" && fact.wasRejected);
    return handed && `${handed.by.name} was handed a token that it had rejected`;
  },
};
