import { TokenFlowError } from "@tokenflow/core";
import { describe, expect, test } from "vitest";
import { fingerprint } from "../../src/record/checksum.ts";
// Internal, and tested alone: through a manager every row of the table would need a world of its own.
import { planRefresh, type RefreshFacts, type RefreshPlan } from "../../src/refresh/plan-refresh.ts";
import { nextFailure } from "../../src/refresh/refresh-policy.ts";

const NOW = 1_750_000_000_000;
const GRANT = { refresh_token: "grant-1" };
const HASH = fingerprint(GRANT);

const RECORD = {
  revision: "a:1",
  provider: "test",
  account: "default",
  origin: "device",
  grant: GRANT,
} as const;

/** Tokens of one hour: the buffer makes them due at 54 minutes. */
const token = (age: number, rejectedAtAge?: number) => ({
  accessToken: "token-1",
  age: age * 1_000,
  lifetime: 3_600_000,
  dueAge: 3_240_000,
  rejectedAtAge: rejectedAtAge === undefined ? undefined : rejectedAtAge * 1_000,
});
const FRESH = token(60);
const DUE = token(3_300);
const EXPIRED = token(3_700);

/** An intent that another process wrote so many milliseconds ago. */
const intent = (age: number, first = age) => ({
  grant: HASH,
  at: NOW - age,
  first: NOW - first,
  owner: "host/2/0",
  attempt: 1,
});

const facts = (changes: Partial<RefreshFacts>): RefreshFacts => ({
  provider: "Test",
  record: RECORD,
  token: undefined,
  need: {},
  replay: "never",
  lastFailure: undefined,
  sinceRedeemed: Number.POSITIVE_INFINITY,
  lock: "our-lock",
  lockLapses: false,
  isRenewable: true,
  sinceIntentRead: 0,
  now: NOW,
  ...changes,
});

/** One word for a plan: what it does, why, and if it reports an interruption. */
function summary(plan: RefreshPlan): string {
  if (plan.do === "wait") return `wait ${plan.milliseconds}`;
  const interrupted = plan.interrupted ? ", interrupted" : "";
  if (plan.do === "fail") return `fail ${plan.error.code}${interrupted}`;
  return plan.do === "redeem" ? `redeem ${plan.cause}${interrupted}` : `${plan.do}${interrupted}`;
}

describe("without an interruption", () => {
  const failure = { code: "provider.unavailable", message: "away", at: NOW - 1_000, count: 3, pause: 8_000 };
  test.each<[name: string, changes: Partial<RefreshFacts>, expected: string]>([
    ["no record: signed out", { record: undefined }, "fail session.signed_out"],
    [
      "no record, a live token in memory: signed out",
      { record: undefined, token: FRESH },
      "fail session.signed_out",
    ],
    ["no token yet", {}, "redeem absent"],
    ["a fresh token", { token: FRESH }, "serve"],
    ["a due token", { token: DUE }, "redeem due"],
    ["an expired token", { token: EXPIRED }, "redeem expired"],
    ["a token at its very end", { token: token(3_600) }, "redeem expired"],
    [
      "a token that another caller wants replaced",
      { token: FRESH, need: { forcedFrom: "token-1" } },
      "redeem forced",
    ],
    [
      "a forced refresh of a token that was replaced",
      { token: FRESH, need: { forcedFrom: "token-0" } },
      "serve",
    ],
    ["too little validity", { token: token(1_000), need: { minValidity: 3_000_000 } }, "redeem min_validity"],
    ["exactly enough validity", { token: token(600), need: { minValidity: 3_000_000 } }, "serve"],
    ["more validity than a token ever has", { token: token(0), need: { minValidity: 9_000_000 } }, "serve"],
    ["a due token less than 30 s old", { token: { ...token(20), dueAge: 10_000 } }, "serve"],
    ["a due token of exactly 30 s", { token: { ...token(30), dueAge: 10_000 } }, "redeem due"],
    ["a token from the future", { token: { ...token(0), dueAge: 0 } }, "redeem due"],
    [
      "one redeemed less than 30 s ago",
      { token: { ...token(0), dueAge: 0 }, sinceRedeemed: 29_999 },
      "serve",
    ],
    ["a fresh token without a grant", { record: { ...RECORD, grant: undefined }, token: DUE }, "serve"],
    [
      "one without a grant, forced",
      { record: { ...RECORD, grant: undefined }, token: FRESH, need: { forcedFrom: "token-1" } },
      "fail provider.misconfigured",
    ],
    [
      "an expired one without a grant",
      { record: { ...RECORD, grant: undefined }, token: EXPIRED },
      "fail session.signed_out",
    ],
    ["a rejected token", { token: token(600, 500) }, "redeem rejected"],
    [
      "the second fresh token rejected in a row",
      { record: { ...RECORD, rejections: 1 }, token: token(20, 10) },
      "fail token.rejected",
    ],
    ["after its 30 s", { record: { ...RECORD, rejections: 1 }, token: token(31, 10) }, "redeem rejected"],
    [
      "the third: 60 s",
      { record: { ...RECORD, rejections: 2 }, token: token(59, 10) },
      "fail token.rejected",
    ],
    [
      "a refused grant, the token lives",
      { record: { ...RECORD, rejectedGrant: { grant: HASH, at: 0 } }, token: DUE },
      "serve",
    ],
    [
      "a refused grant, the token lives, forced",
      {
        record: { ...RECORD, rejectedGrant: { grant: HASH, at: 0 } },
        token: FRESH,
        need: { forcedFrom: "token-1" },
      },
      "fail session.revoked",
    ],
    [
      "a refused grant, a token at its very end",
      { record: { ...RECORD, rejectedGrant: { grant: HASH, at: 0 } }, token: token(3_600) },
      "fail session.revoked",
    ],
    [
      "a refused grant, no token",
      { record: { ...RECORD, rejectedGrant: { grant: HASH, at: 0 } } },
      "fail session.revoked",
    ],
    [
      "an earlier grant was refused",
      { record: { ...RECORD, rejectedGrant: { grant: "other", at: 0 } } },
      "redeem absent",
    ],
    [
      "a failure in force, no token",
      { record: { ...RECORD, lastFailure: failure } },
      "fail provider.unavailable",
    ],
    ["a failure in force, a due token", { record: { ...RECORD, lastFailure: failure }, token: DUE }, "serve"],
    [
      "a failure in force, forced",
      { record: { ...RECORD, lastFailure: failure }, token: FRESH, need: { forcedFrom: "token-1" } },
      "fail provider.unavailable",
    ],
    ["a failure that could not be written", { lastFailure: failure }, "fail provider.unavailable"],
    [
      "a failure whose backoff has passed",
      { record: { ...RECORD, lastFailure: { ...failure, at: NOW - 8_000 } } },
      "redeem absent",
    ],
    [
      "a failure from the future",
      { record: { ...RECORD, lastFailure: { ...failure, at: NOW + 60_000 } } },
      "redeem absent",
    ],
    [
      "a failure from a clock that is 10 s ahead",
      { record: { ...RECORD, lastFailure: { ...failure, at: NOW + 10_000 } } },
      "fail provider.unavailable",
    ],
    [
      "a Retry-After of an hour",
      { record: { ...RECORD, notBefore: NOW + 3_600_000 } },
      "fail provider.rate_limited",
    ],
    [
      "a Retry-After of more than that",
      { record: { ...RECORD, notBefore: NOW + 3_600_001 } },
      "redeem absent",
    ],
    ["a grant that brings no other token, due", { isRenewable: false, token: DUE }, "serve"],
    [
      "a grant that brings no other token, forced",
      { isRenewable: false, token: FRESH, need: { forcedFrom: "token-1" } },
      "fail provider.misconfigured",
    ],
    [
      "a grant that brings no other token, expired: the service says what is wrong",
      { isRenewable: false, token: EXPIRED },
      "redeem expired",
    ],
    [
      "the service's Retry-After",
      { record: { ...RECORD, notBefore: NOW + 5_000 } },
      "fail provider.rate_limited",
    ],
  ])("%s", (_name, changes, expected) => {
    expect(summary(planRefresh(facts(changes)))).toBe(expected);
  });
});

describe("the crash matrix: an intent stands, and nobody knows if its grant was redeemed", () => {
  const interrupted = { ...RECORD, intent: intent(20_000) };
  test.each<[name: string, changes: Partial<RefreshFacts>, expected: string]>([
    [
      "a grant that may be sent twice, a due token",
      { replay: "always", token: DUE },
      "redeem due, interrupted",
    ],
    ["a grant that may be sent twice, no token", { replay: "always" }, "redeem absent, interrupted"],
    ["single use, a due token: served to its end", { token: DUE }, "serve, interrupted"],
    [
      "single use, an expired token: nothing is left to lose",
      { token: EXPIRED },
      "redeem expired, interrupted",
    ],
    ["single use, no token", {}, "redeem absent, interrupted"],
    ["single use, a rejected token", { token: token(600, 500) }, "redeem rejected, interrupted"],
    [
      "single use, forced: refused while the token lives",
      { token: FRESH, need: { forcedFrom: "token-1" } },
      "fail provider.unavailable, interrupted",
    ],
    ["forgiven for 30 s, in time", { replay: { within: 30_000 }, token: DUE }, "redeem due, interrupted"],
    [
      "forgiven for 20 s, just in time",
      { replay: { within: 20_000 }, token: DUE },
      "redeem due, interrupted",
    ],
    [
      "forgiven, in the very moment",
      { replay: { within: 10_000 }, token: DUE, record: { ...RECORD, intent: intent(0) } },
      "redeem due, interrupted",
    ],
    ["forgiven for 10 s, too late", { replay: { within: 10_000 }, token: DUE }, "serve, interrupted"],
    [
      "forgiven from the first attempt on",
      { replay: { within: 30_000 }, token: DUE, record: { ...RECORD, intent: intent(20_000, 40_000) } },
      "serve, interrupted",
    ],
    [
      "an intent from the future is too old",
      { replay: { within: 30_000 }, token: DUE, record: { ...RECORD, intent: intent(-5_000) } },
      "serve, interrupted",
    ],
    [
      "a grant that outlived a redemption",
      { token: DUE, record: { ...interrupted, grantReusable: true } },
      "redeem due, interrupted",
    ],
    [
      "an intent for another grant is void",
      { token: DUE, record: { ...RECORD, intent: { ...intent(20_000), grant: "other" } } },
      "redeem due",
    ],
    ["a fresh token: nobody asks", { token: FRESH }, "serve"],
    ["under a lease, no token: its redemption may still be running", { lockLapses: true }, "wait 250"],
    ["just before it must have ended", { lockLapses: true, sinceIntentRead: 44_900 }, "wait 100"],
    [
      "45 s after it was first read",
      { lockLapses: true, sinceIntentRead: 45_000 },
      "redeem absent, interrupted",
    ],
    ["under a lease, a rejected token", { lockLapses: true, token: token(600, 500) }, "wait 250"],
    ["under a lease, a due token: served, and nobody is told yet", { lockLapses: true, token: DUE }, "serve"],
    [
      "under a lease, forced",
      { lockLapses: true, token: FRESH, need: { forcedFrom: "token-1" } },
      "wait 250",
    ],
    ["under a lease, not single use", { lockLapses: true, replay: "always" }, "redeem absent, interrupted"],
    [
      "under a lease, forgiven for 60 s: it may still be running for half of that",
      { lockLapses: true, replay: { within: 60_000 } },
      "wait 250",
    ],
    [
      "under a lease, just before half of the time in which it is forgiven",
      { lockLapses: true, replay: { within: 40_200 } },
      "wait 100",
    ],
    [
      "under a lease, half of the time in which it is forgiven is over",
      { lockLapses: true, replay: { within: 40_000 } },
      "redeem absent, interrupted",
    ],
    [
      "under a lease, forgiven, a due token: served meanwhile",
      { lockLapses: true, replay: { within: 60_000 }, token: DUE },
      "serve",
    ],
    [
      "under a lease, forgiven for long: a redemption never runs for longer than 45 s",
      { lockLapses: true, replay: { within: 600_000 }, sinceIntentRead: 45_000 },
      "redeem absent, interrupted",
    ],
    [
      "under a lease, forgiven for 10 s, too late",
      { lockLapses: true, replay: { within: 10_000 } },
      "wait 250",
    ],
    [
      "under a lease, the attempt is known to have ended",
      { lockLapses: true, record: { ...RECORD, intent: { ...intent(20_000), ended: true } } },
      "redeem absent, interrupted",
    ],
    [
      "under a lease, written under the lock that we hold",
      { lockLapses: true, record: { ...RECORD, intent: { ...intent(20_000), lock: "our-lock" } } },
      "redeem absent, interrupted",
    ],
    [
      "under a lease, written by this process under an earlier lock",
      { lockLapses: true, record: { ...RECORD, intent: { ...intent(20_000), lock: "an-earlier-lock" } } },
      "wait 250",
    ],
    [
      "under a lease, the wall clock says nothing",
      { lockLapses: true, record: { ...RECORD, intent: intent(-5_000) } },
      "wait 250",
    ],
    [
      "an unreachable service first has its backoff",
      { token: undefined, record: { ...interrupted, notBefore: NOW + 5_000 } },
      "fail provider.rate_limited",
    ],
  ])("%s", (_name, changes, expected) => {
    expect(summary(planRefresh(facts({ record: interrupted, ...changes })))).toBe(expected);
  });
});

test("a streak of rejections is counted into the record that replaces this one", () => {
  const plan = planRefresh(facts({ record: { ...RECORD, rejections: 3 }, token: token(700, 10) }));
  expect(plan).toMatchObject({ do: "redeem", cause: "rejected", rejectionStreak: 4 });
});

test("a rejection late in a token's life starts no streak", () => {
  const plan = planRefresh(facts({ record: { ...RECORD, rejections: 3 }, token: token(700, 600) }));
  expect(plan).toMatchObject({ do: "redeem", rejectionStreak: 0 });
});

test.each([
  ["exactly 30 s after its redemption", token(700, 30)],
  ["in the second half of a short life", { ...token(30, 25), lifetime: 40_000 }],
])("a rejection %s starts no streak", (_when, rejected) => {
  const plan = planRefresh(facts({ record: { ...RECORD, rejections: 3 }, token: rejected }));
  expect(plan).toMatchObject({ do: "redeem", rejectionStreak: 0 });
});

test("a failure in force is told again, with what is left of its pause", () => {
  const lastFailure = {
    code: "provider.unavailable",
    message: "away",
    at: NOW - 1_000,
    count: 3,
    pause: 8_000,
  };
  expect(planRefresh(facts({ record: { ...RECORD, lastFailure } }))).toMatchObject({
    error: { code: "provider.unavailable", message: "away", retryAfter: 7_000 },
  });
  expect(planRefresh(facts({ record: { ...RECORD, notBefore: NOW + 5_000 } }))).toMatchObject({
    error: { code: "provider.rate_limited", message: "The service asks to wait", retryAfter: 5_000 },
  });
  expect(planRefresh(facts({ record: undefined }))).toMatchObject({
    error: { message: expect.stringContaining("Test") },
  });
});

test.each([
  [0, 0, 800],
  [0, 0.5, 1_000],
  [0, 1, 1_200],
  [2, 0.5, 4_000],
  [30, 0.5, 600_000],
])("after %i failures in a row the next pause is doubled, with jitter %f: %i ms", (count, random, pause) => {
  const error = new TokenFlowError("provider.unavailable", "away", {
    hint: "Wait.",
    status: 503,
    reason: "busy",
  });
  const previous = { code: "provider.unavailable", message: "x", at: 0, count, pause: 1 };
  const next = nextFailure(error, count === 0 ? undefined : previous, NOW, () => random);
  const { code, message, hint, status, reason } = error;
  expect(next).toEqual({ code, message, hint, status, reason, at: NOW, count: count + 1, pause });
});
