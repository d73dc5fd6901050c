import { SCENARIOS } from "@tokenflow/conformance";
import { runInVirtualTime } from "@tokenflow/conformance/vitest";
import { expect, test } from "vitest";
import { createReferenceClient } from "./support/reference-client.ts";
import { MISTAKES, type Mistake } from "./support/reference-http.ts";

/** The scenarios that fail for each mistake: those that are about it, and no other. */
const CAUGHT_BY: Readonly<Record<Mistake, readonly string[]>> = {
  "polls at once": ["waits-before-the-first-poll", "shows-the-code-before-it-polls"],
  "ignores the interval": [
    "signs-in-at-a-strict-server",
    "waits-before-the-first-poll",
    "waits-the-interval",
    "waits-five-seconds-by-default",
    "waits-a-fractional-interval",
    "does-not-spin-at-an-interval-of-text",
  ],
  "takes 1 second for the default": ["waits-five-seconds-by-default"],
  "counts from the request": ["waits-from-the-last-answer", "backs-off-after-a-timeout"],
  "polls by a timer": ["polls-one-at-a-time", "backs-off-after-a-timeout"],
  "ignores slow_down": ["slows-down-for-good", "slows-down-each-time", "takes-the-servers-new-interval"],
  "slows down for one wait": ["slows-down-for-good", "slows-down-each-time"],
  "slows down once": ["slows-down-each-time"],
  "ignores a new interval": ["takes-the-servers-new-interval"],
  "cuts fractions off": ["waits-a-fractional-interval"],
  "does not wait an interval of text": ["does-not-spin-at-an-interval-of-text"],
  "spins at interval zero": ["does-not-spin-at-interval-zero", "does-not-spin-at-a-negative-interval"],
  "polls after success": ["polls-no-more-after-success"],
  "polls after a denial": [
    "ends-when-the-person-denies",
    "says-that-the-person-denied",
    "exits-with-another-code-than-0",
    "reads-denial-at-status-200",
  ],
  "polls an expired code": ["ends-when-the-code-expires", "does-not-start-again-by-itself"],
  "ignores the deadline": ["ends-at-the-deadline-by-itself"],
  "starts again by itself": ["does-not-start-again-by-itself"],
  "goes on at unknown errors": [
    "stops-at-an-unknown-error",
    "stops-at-invalid-grant",
    "stops-at-invalid-client",
    "ends-when-the-granting-answer-was-lost",
  ],
  "wants status 400": ["reads-pending-at-status-200", "reads-pending-at-status-428"],
  "believes status 200": ["reads-pending-at-status-200"],
  "accepts a missing device code": ["refuses-a-device-answer-without-a-code"],
  "stops at a reset": ["survives-a-reset", "backs-off-after-a-timeout", "survives-an-answer-that-was-cut"],
  "stops at 502": ["survives-502-from-a-gateway"],
  "stops at HTML": ["survives-html-with-status-200"],
  "has no time limit": ["backs-off-after-a-timeout"],
  "does not back off": ["backs-off-after-a-timeout", "backs-off-while-the-server-fails"],
  "follows redirects": ["follows-no-redirect-of-a-poll"],
  "ignores Retry-After": ["obeys-retry-after", "survives-503-with-retry-after"],
  "reads without end": ["limits-the-size-of-an-answer"],
  "hides the code": [
    "shows-code-and-address",
    "shows-the-code-beside-a-complete-address",
    "shows-the-code-before-it-polls",
  ],
  "hides the code behind a complete address": ["shows-the-code-beside-a-complete-address"],
  "drops the scope": ["sends-client-id-and-scope"],
  "sends JSON": ["sends-forms"],
  "compares token_type with case": ["reads-token-type-in-any-case"],
  "requires expires_in": ["signs-in-without-a-lifetime", "keeps-a-token-without-a-lifetime"],
  "adds text to a number": ["keeps-a-token-with-a-lifetime-as-text"],
  "refreshes what has no lifetime": ["keeps-a-token-without-a-lifetime"],
  "keeps the first refresh token": ["keeps-the-rotated-refresh-token"],
  "drops the refresh token if none comes": ["keeps-the-refresh-token-if-none-comes"],
  "refreshes for every caller": ["sixteen-callers-refresh-once"],
  "refreshes at every call": [
    "keeps-a-token-without-a-lifetime",
    "keeps-a-token-with-a-lifetime-as-text",
    "keeps-a-token-with-a-huge-lifetime",
    "keeps-a-token-with-a-fractional-lifetime",
    "keeps-the-session",
    "serves-a-living-token-while-refresh-fails",
    "does-not-refresh-in-a-storm-of-401",
    "trusts-its-own-clock-if-the-server-is-behind",
  ],
  "sends a refused refresh token again": ["says-when-the-session-is-over"],
  "signs out when the server is down": ["survives-an-outage-past-expiry"],
  "takes any 4xx for a refusal": ["takes-no-gateway-page-for-a-refusal"],
  "refreshes at every 401": ["does-not-refresh-in-a-storm-of-401"],
  "never refreshes at 401": ["refreshes-after-a-401"],
  "reads times by the server's clock": [
    "trusts-its-own-clock-if-the-server-is-ahead",
    "trusts-its-own-clock-if-the-server-is-behind",
  ],
  "keeps the session at sign-out": ["signs-out"],
  "does not revoke": ["revokes-at-a-sign-out"],
  "hangs at sign-out": ["signs-out-while-the-server-is-down"],
  "removes the refresh token before it asks": [
    "keeps-the-refresh-token-if-none-comes",
    "survives-a-lost-refresh-answer",
    "survives-an-outage-past-expiry",
    "takes-no-gateway-page-for-a-refusal",
  ],
  "prints undefined": ["refuses-an-answer-without-a-token"],
  "refuses fewer scopes": ["accepts-fewer-scopes"],
  "refuses unknown members": ["ignores-unknown-members"],
  "polls after a refused device request": [
    "reports-a-refused-device-request",
    "ends-if-the-device-endpoint-is-down",
  ],
  "counts seconds in 32 bits": ["keeps-a-token-with-a-huge-lifetime"],
  "reads whole numbers only": ["keeps-a-token-with-a-fractional-lifetime"],
  "refreshes until a token lives": ["ends-with-a-lifetime-of-zero", "ends-with-a-negative-lifetime"],
  "says nothing at the end": ["says-that-the-person-denied"],
  "succeeds without a token": ["exits-with-another-code-than-0"],
  "hides the address": ["shows-code-and-address", "shows-the-address-beside-a-complete-address"],
  "refuses a lifetime of text": ["signs-in-with-a-lifetime-as-text", "keeps-a-token-with-a-lifetime-as-text"],
  "asks an address of its own": ["sends-no-token-elsewhere"],
  "refreshes early and then insists": ["serves-a-living-token-while-refresh-fails"],
  "wants a new sign-in when a token has run out": [
    "refreshes-an-expired-token",
    "keeps-the-rotated-refresh-token",
    "keeps-the-refresh-token-if-none-comes",
    "sixteen-callers-refresh-once",
    "sleeps-past-the-end-of-a-token",
    "says-when-the-session-is-over",
    "survives-a-lost-refresh-answer",
    "survives-an-outage-past-expiry",
    "takes-no-gateway-page-for-a-refusal",
    "trusts-its-own-clock-if-the-server-is-ahead",
  ],
};

/** By default each mistake also meets every twelfth of the other scenarios, which differ from mistake to mistake. */
const EACH = process.env["MODE"] === "all" ? 1 : 12;

/** Runs scenarios, and returns those that fail. */
async function failuresOf(
  mistakes: readonly Mistake[],
  isChosen: (id: string, index: number) => boolean = () => true,
): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const scenario of SCENARIOS.filter(({ id }, index) => isChosen(id, index))) {
    const { status } = await runInVirtualTime(scenario, createReferenceClient(mistakes));
    if (status === "failed") failed.push(scenario.id);
  }
  return failed;
}

test("the reference client without a mistake passes", async () => {
  expect(await failuresOf([])).toEqual([]);
});

test("a steady beat is no fast poll, though the server needs a moment for its answers", async () => {
  const found = SCENARIOS.find(({ id }) => id === "waits-the-interval");
  if (!found) throw new Error("no such scenario");
  const scenario = { ...found, server: { ...found.server, pollDelay: 10 } };
  const { status } = await runInVirtualTime(scenario, createReferenceClient(["counts from the request"]));
  expect(status).toBe("passed");
});

test.each(MISTAKES.map((mistake, number) => [mistake, number] as const))("%s", async (mistake, number) => {
  const own = CAUGHT_BY[mistake];
  const failed = await failuresOf(
    [mistake],
    (id, index) => own.includes(id) || (index + number) % EACH === 0,
  );
  expect(failed).toEqual(own);
});

test("every scenario that needs no process is about one of them, but for the plain sign-in", () => {
  const caught = new Set(["signs-in", ...Object.values(CAUGHT_BY).flat()]);
  const others = SCENARIOS.filter(({ needs = [] }) => !needs.some((need) => PROCESS.has(need)));
  expect(others.filter(({ id }) => !caught.has(id)).map(({ id }) => id)).toEqual([]);
});

const PROCESS: ReadonlySet<string> = new Set(["process", "signals", "linux", "read-only", "faketime"]);
