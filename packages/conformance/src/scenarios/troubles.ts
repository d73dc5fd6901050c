import { ends, fails, prints, succeeds } from "../judge/outcomes.ts";
import { asksForCodes } from "../judge/polling.ts";
import { refreshes, reusesNoRefreshToken } from "../judge/requests.ts";
import { type Clause, rfc, type Scenario, type Step } from "./scenario.ts";

const REFRESH: Clause = rfc(6749, "6");
const SIGN_IN: Step = { do: "signIn" };
const TOKEN: Step = { do: "token" };
const REQUEST: Step = { do: "request" };
const EXPIRE: Step = { do: "wait", ms: 2500 };
const LONG: Step = { do: "server", settings: { tokenLifetime: 3600 } };
/** Longer than the pause that a client may keep after a failure. */
const PAUSE: Step = { do: "wait", ms: 3000 };
const SHORT = { tokenLifetime: 2 };

/** Kills, outages, refusals of the API and files that cannot be written. */
export const TROUBLES: readonly Scenario[] = [
  {
    id: "survives-a-kill-during-a-refresh",
    group: "afterwards",
    level: "BEYOND",
    clause: REFRESH,
    title: "keeps the session if it is killed between the server's work and its own write",
    needs: ["token", "process", "signals"],
    server: { ...SHORT, rotation: "forgiving" },
    steps: [
      SIGN_IN,
      EXPIRE,
      LONG,
      { do: "server", fault: { on: "refresh", processed: true, hang: true } },
      { do: "token", killedAtRefresh: true },
      TOKEN,
    ],
    expects: [prints("token", 2), asksForCodes(1)],
    advice:
      "Do not remove the old refresh token before the new one is stored. Many servers accept it once more.",
  },
  {
    id: "survives-a-lost-refresh-answer",
    group: "afterwards",
    level: "BEYOND",
    clause: REFRESH,
    title: "keeps the session if the answer to a refresh is lost",
    needs: ["token"],
    server: { ...SHORT, rotation: "forgiving" },
    steps: [
      SIGN_IN,
      EXPIRE,
      LONG,
      { do: "server", fault: { on: "refresh", processed: true, reset: true } },
      TOKEN,
      PAUSE,
      TOKEN,
    ],
    expects: [ends("token"), prints("token", 2), asksForCodes(1)],
    advice:
      "A refresh without an answer leaves the session as it was. Try the same refresh token again later.",
  },
  {
    id: "serves-a-living-token-while-refresh-fails",
    group: "afterwards",
    level: "BEYOND",
    clause: REFRESH,
    title: "prints a token that still lives although refreshing fails",
    needs: ["token"],
    server: { tokenLifetime: 10 },
    faults: [{ on: "refresh", count: 99, status: 503 }],
    steps: [SIGN_IN, { do: "wait", ms: 6000 }, TOKEN],
    expects: [prints("token"), asksForCodes(1)],
    advice: "Refresh early, but use the old token until its true end if that fails.",
  },
  {
    id: "survives-an-outage-past-expiry",
    group: "afterwards",
    level: "BEYOND",
    clause: REFRESH,
    title: "keeps the session through an outage that outlasts the token",
    needs: ["token"],
    server: SHORT,
    faults: [{ on: "refresh", count: 99, status: 503 }],
    steps: [SIGN_IN, EXPIRE, TOKEN, { do: "clearFaults" }, LONG, PAUSE, TOKEN],
    expects: [fails("token"), prints("token", 2), asksForCodes(1)],
    advice:
      "A refresh that fails with 5xx is no refusal. Keep the refresh token, and fail until the server is back.",
  },
  {
    id: "takes-no-gateway-page-for-a-refusal",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(6749, "5.2"),
    title: "keeps the session if a refresh is answered 403 with HTML",
    needs: ["token"],
    server: SHORT,
    faults: [{ on: "refresh", count: 99, status: 403, body: "<html>Blocked by the firewall</html>" }],
    steps: [SIGN_IN, EXPIRE, TOKEN, { do: "clearFaults" }, LONG, PAUSE, TOKEN],
    expects: [fails("token"), prints("token", 2), asksForCodes(1)],
    advice:
      "Only an OAuth error of the server ends a session, such as invalid_grant. A page of a firewall does not.",
  },
  {
    id: "does-not-refresh-in-a-storm-of-401",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(6750, "3.1"),
    title: "does not refresh at each of ten answers 401 of the API",
    needs: ["request"],
    server: { apiRefuses: true },
    steps: [SIGN_IN, ...Array.from({ length: 10 }, () => REQUEST)],
    expects: [fails("request"), fails("request", 10), refreshes(0, 3), reusesNoRefreshToken, asksForCodes(1)],
    advice:
      "One refresh after a 401 is enough. If the new token is refused too, the API is the problem: say so.",
  },
  {
    id: "refreshes-after-a-401",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(6750, "3.1"),
    title: "refreshes once and tries again if the API refuses a token before its time",
    needs: ["request"],
    server: { tokenLifetime: 1, statedTokenLifetime: 3600 },
    steps: [SIGN_IN, { do: "wait", ms: 1500 }, LONG, REQUEST],
    expects: [succeeds("request"), refreshes(1)],
    advice: "At 401 with invalid_token, refresh once, and repeat the request with the new token.",
  },
  {
    id: "spends-no-refresh-token-that-it-cannot-replace",
    group: "afterwards",
    level: "BEYOND",
    clause: REFRESH,
    title: "keeps the session if its files cannot be written during a refresh",
    needs: ["token", "process", "read-only"],
    server: SHORT,
    steps: [
      SIGN_IN,
      EXPIRE,
      LONG,
      { do: "home", writable: false },
      TOKEN,
      { do: "home", writable: true },
      PAUSE,
      TOKEN,
    ],
    expects: [ends("token"), prints("token", 2), reusesNoRefreshToken, asksForCodes(1)],
    advice: "Prove that you can write before you send the refresh token: its successor is lost otherwise.",
  },
];
