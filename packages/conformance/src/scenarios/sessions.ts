import { fails, prints, printsTokens, succeeds } from "../judge/outcomes.ts";
import { asksForCodes } from "../judge/polling.ts";
import { refreshes, reusesNoRefreshToken, sends } from "../judge/requests.ts";
import { CLIENT_ID } from "../service/endpoints.ts";
import { type Clause, rfc, type Scenario, type Step } from "./scenario.ts";

const REFRESH: Clause = rfc(6749, "6");
const SIGN_IN: Step = { do: "signIn" };
const TOKEN: Step = { do: "token" };
/** Lets a token of 2 s run out. */
const EXPIRE: Step = { do: "wait", ms: 2500 };
const SHORT = { tokenLifetime: 2 };

/** A stored session, and its refreshes. */
export const SESSIONS: readonly Scenario[] = [
  {
    id: "keeps-the-session",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(6749, "1.5"),
    title: "prints a token later without another sign-in or refresh",
    needs: ["token"],
    steps: [SIGN_IN, TOKEN, TOKEN],
    expects: [prints("token"), prints("token", 2), asksForCodes(1), refreshes(0)],
    advice: "Store the answer, and use the access token until expires_in has passed.",
  },
  {
    id: "refreshes-an-expired-token",
    group: "afterwards",
    level: "BEYOND",
    clause: REFRESH,
    title: "refreshes a token that has run out",
    needs: ["token"],
    server: SHORT,
    steps: [SIGN_IN, EXPIRE, { do: "server", settings: { tokenLifetime: 3600 } }, TOKEN],
    expects: [prints("token"), refreshes(1), asksForCodes(1), sends("refresh", "client_id", CLIENT_ID)],
    advice: "POST grant_type=refresh_token with the stored refresh token and client_id.",
  },
  {
    id: "keeps-the-rotated-refresh-token",
    group: "afterwards",
    level: "MUST",
    clause: REFRESH,
    title: "replaces the refresh token by the new one, every time",
    needs: ["token"],
    server: SHORT,
    steps: [SIGN_IN, EXPIRE, TOKEN, EXPIRE, TOKEN, EXPIRE, TOKEN],
    expects: [reusesNoRefreshToken, prints("token"), prints("token", 2), prints("token", 3), refreshes(3, 6)],
    advice:
      "Store refresh_token of every refresh answer. The old one is spent, and its second use ends the session.",
  },
  {
    id: "keeps-the-refresh-token-if-none-comes",
    group: "afterwards",
    level: "BEYOND",
    clause: REFRESH,
    title: "keeps the refresh token if a refresh answer has none",
    needs: ["token"],
    server: { ...SHORT, rotation: "none" },
    steps: [SIGN_IN, EXPIRE, TOKEN, EXPIRE, TOKEN],
    expects: [prints("token"), prints("token", 2), refreshes(2, 4)],
    advice:
      "A refresh answer without refresh_token means: the old one stays good. Do not overwrite it with nothing.",
  },
  {
    id: "two-processes-refresh-once",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(9700, "4.14.2"),
    title: "refreshes once if two processes want a token at the same time",
    needs: ["token", "process"],
    server: SHORT,
    steps: [
      SIGN_IN,
      EXPIRE,
      { do: "server", settings: { tokenLifetime: 3600 } },
      { do: "token", atOnce: 2 },
      TOKEN,
    ],
    expects: [prints("token"), prints("token", 2), prints("token", 3), refreshes(1)],
    advice:
      "Two refreshes with one refresh token revoke the session at a strict server. Lock the session, and read it again under the lock.",
  },
  {
    id: "sixteen-processes-refresh-once",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(9700, "4.14.2"),
    title: "refreshes once if sixteen processes want a token at the same time",
    needs: ["token", "process"],
    server: SHORT,
    steps: [
      SIGN_IN,
      EXPIRE,
      { do: "server", settings: { tokenLifetime: 3600 } },
      { do: "token", atOnce: 16 },
    ],
    expects: [...Array.from({ length: 16 }, (_, index) => prints("token", index + 1)), refreshes(1)],
    advice:
      "Lock the session across processes, and read it again under the lock: another process may have refreshed it.",
    limit: 60_000,
  },
  {
    id: "sixteen-callers-refresh-once",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(9700, "4.14.2"),
    title: "refreshes once if sixteen callers of one process want a token at the same time",
    needs: ["callers"],
    server: SHORT,
    steps: [SIGN_IN, EXPIRE, { do: "server", settings: { tokenLifetime: 3600 } }, { do: "callers" }],
    expects: [printsTokens(16), refreshes(1)],
    advice:
      "Share one refresh among all callers: keep its promise or future, and hand it to everybody who asks meanwhile.",
  },
  {
    id: "sleeps-past-the-end-of-a-token",
    group: "afterwards",
    level: "BEYOND",
    clause: REFRESH,
    title: "notices at its next start that the token ran out meanwhile",
    needs: ["token", "request"],
    server: SHORT,
    steps: [SIGN_IN, EXPIRE, { do: "server", settings: { tokenLifetime: 3600 } }, { do: "request" }],
    expects: [succeeds("request"), refreshes(1), asksForCodes(1)],
    advice:
      "Compare the end of the token with the wall clock at every use; a timer does not count while a machine sleeps.",
  },
  {
    id: "says-when-the-session-is-over",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(6749, "5.2"),
    title: "fails if the refresh token is refused, and does not send it again and again",
    needs: ["token"],
    server: SHORT,
    faults: [{ on: "refresh", count: 99, status: 400, body: { error: "invalid_grant" } }],
    steps: [SIGN_IN, EXPIRE, TOKEN, TOKEN, TOKEN],
    expects: [fails("token"), fails("token", 2), fails("token", 3), refreshes(1, 1), asksForCodes(1)],
    advice:
      "invalid_grant is final for this refresh token. Remember that, and ask the person to sign in again.",
  },
];
