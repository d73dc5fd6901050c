import { ends, fails, signsIn } from "../judge/outcomes.ts";
import { stopsAfter } from "../judge/polling.ts";
import { never } from "../judge/requests.ts";
import { rfc, type Scenario } from "./scenario.ts";

/** The answers that end a sign-in, as servers really write them. */
export const ANSWERS: readonly Scenario[] = [
  {
    id: "reads-pending-at-status-200",
    group: "ending",
    level: "BEYOND",
    clause: rfc(8628, "3.5"),
    title: "goes on at authorization_pending with status 200",
    server: { errorStatus: 200, decidesAfterPolls: 1 },
    expects: [signsIn],
    advice: "GitHub answers errors with status 200. Read error before you believe the status.",
  },
  {
    id: "reads-pending-at-status-428",
    group: "ending",
    level: "BEYOND",
    clause: rfc(8628, "3.5"),
    title: "goes on at authorization_pending with another 4xx status than 400",
    server: { errorStatus: 428, decidesAfterPolls: 1 },
    expects: [signsIn],
    advice: "Google answers 428 and Auth0 403. The error code decides, not the status.",
  },
  {
    id: "reads-denial-at-status-200",
    group: "ending",
    level: "BEYOND",
    clause: rfc(8628, "3.5"),
    title: "stops at access_denied with status 200",
    server: { errorStatus: 200, decision: "deny" },
    expects: [ends("signIn"), stopsAfter("denied")],
    advice: "A body with error is no success, whatever its status.",
  },
  {
    id: "ignores-unknown-members",
    group: "ending",
    level: "MUST",
    clause: rfc(6749, "5.1"),
    title: "ignores members that it does not know",
    server: {
      deviceMembers: { message: "Hello", vendor: { nested: [1, 2] } },
      tokenMembers: { foci: "1", ext: { a: null } },
    },
    expects: [signsIn],
    advice: "Do not refuse an answer because of an unknown member.",
  },
  {
    id: "reads-token-type-in-any-case",
    group: "ending",
    level: "MUST",
    clause: rfc(6749, "5.1"),
    title: "accepts token_type in any case",
    server: { tokenMembers: { token_type: "bEARER" } },
    expects: [signsIn],
    advice: "token_type is compared without case: Bearer, bearer, BEARER.",
  },
  {
    id: "accepts-fewer-scopes",
    group: "ending",
    level: "BEYOND",
    clause: rfc(6749, "5.1"),
    title: "accepts a token with fewer scopes than it asked for",
    server: { tokenMembers: { scope: "read" } },
    expects: [signsIn],
    advice: "A server may grant less than was asked. That is a token, not an error.",
  },
  {
    id: "refuses-an-answer-without-a-token",
    group: "ending",
    level: "BEYOND",
    clause: rfc(6749, "5.1"),
    title: "fails if a successful answer has no access_token",
    server: { tokenOmits: ["access_token"] },
    expects: [fails("signIn")],
    advice:
      "Check that access_token is a text before you call it success; otherwise “undefined” is stored and printed.",
  },
  {
    id: "refuses-a-device-answer-without-a-code",
    group: "ending",
    level: "BEYOND",
    clause: rfc(8628, "3.2"),
    title: "fails if the device answer has no device_code",
    faults: [{ on: "device_code", count: 99, omit: ["device_code"] }],
    expects: [ends("signIn"), never("poll", "does not poll without a device code")],
    advice: "Check device_code, user_code and verification_uri before you show or poll anything.",
  },
];
