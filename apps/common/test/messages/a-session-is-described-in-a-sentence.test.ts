import { sessionWords } from "@tokenflow/common";
import { expect, test } from "vitest";

test.each([
  [{ state: "valid", login: "octocat" }, "signed in as octocat"],
  [{ state: "due" }, "signed in"],
  [{ state: "valid", origin: "environment" }, "given by the environment"],
  [{ state: "pending" }, "waiting for approval"],
  [{ state: "signed_out" }, "not signed in"],
  [{ state: "revoked" }, "no longer accepted"],
  [{ state: "unavailable" }, "unavailable: the store cannot be reached"],
] as const)("a sentence about %j says %j", (status, words) => {
  expect(sessionWords({ provider: "p", account: "a", ...status })).toBe(words);
});
