import { prints } from "../judge/outcomes.ts";
import { refreshes, reusesNoRefreshToken } from "../judge/requests.ts";
import { rfc, type Scenario, type Step } from "./scenario.ts";

const REFRESH = rfc(6749, "6");
const SIGN_IN: Step = { do: "signIn" };
const TOKEN: Step = { do: "token" };
const EXPIRE: Step = { do: "wait", ms: 2500 };
const LONG: Step = { do: "server", settings: { tokenLifetime: 3600 } };
const HOUR = 3_600_000;

/** Clocks that differ, or jump. */
export const CLOCKS: readonly Scenario[] = [
  {
    id: "trusts-its-own-clock-if-the-server-is-ahead",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(6749, "5.1"),
    title: "counts expires_in from the answer if the server's clock is an hour ahead",
    needs: ["token"],
    server: { clockOffset: HOUR, tokenLifetime: 2 },
    steps: [SIGN_IN, EXPIRE, LONG, TOKEN],
    expects: [prints("token"), refreshes(1)],
    advice: "expires_in is a duration. Count it by one clock, your own.",
  },
  {
    id: "trusts-its-own-clock-if-the-server-is-behind",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(6749, "5.1"),
    title: "counts expires_in from the answer if the server's clock is an hour behind",
    needs: ["token"],
    server: { clockOffset: -HOUR, tokenLifetime: 1800 },
    steps: [SIGN_IN, TOKEN, TOKEN],
    expects: [prints("token"), prints("token", 2), refreshes(0)],
    advice: "expires_in is a duration. Count it by one clock, your own.",
  },
  {
    id: "refreshes-after-the-clock-jumped-ahead",
    group: "afterwards",
    level: "BEYOND",
    clause: REFRESH,
    title: "refreshes, and keeps the session, if the clock is two hours ahead at its next start",
    needs: ["token", "process", "faketime"],
    steps: [SIGN_IN, { do: "token", clock: "+2h" }, { do: "token", clock: "+2h" }],
    expects: [prints("token"), prints("token", 2), refreshes(1), reusesNoRefreshToken],
    advice: "A token is too old by the wall clock after a sleep of two hours: refresh it once.",
  },
  {
    id: "survives-a-clock-that-was-set-back",
    group: "afterwards",
    level: "BEYOND",
    clause: REFRESH,
    title: "prints a token, and refreshes at most once, if the clock was set back two hours",
    needs: ["token", "process", "faketime"],
    steps: [SIGN_IN, { do: "token", clock: "-2h" }, { do: "token", clock: "-2h" }],
    expects: [prints("token"), prints("token", 2), refreshes(0, 1), reusesNoRefreshToken],
    advice: "A token that seems to come from the future is no reason to fail or to refresh at every call.",
  },
];
