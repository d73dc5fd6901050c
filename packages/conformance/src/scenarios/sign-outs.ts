import { ends, fails, succeeds } from "../judge/outcomes.ts";
import { refreshes, revokes } from "../judge/requests.ts";
import { leavesNoSecret } from "../judge/secrecy.ts";
import { rfc, type Scenario, type Step } from "./scenario.ts";

const SIGN_IN: Step = { do: "signIn" };
const TOKEN: Step = { do: "token" };

/** The end of a session by the person. */
export const SIGN_OUTS: readonly Scenario[] = [
  {
    id: "signs-out",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(7009, "2"),
    title: "forgets the session at a sign-out",
    needs: ["token", "signOut"],
    steps: [SIGN_IN, { do: "signOut" }, TOKEN],
    expects: [succeeds("signOut"), fails("token"), leavesNoSecret, refreshes(0)],
    advice: "Delete the stored tokens, and fail afterwards instead of printing one.",
  },
  {
    id: "revokes-at-a-sign-out",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(7009, "2.1"),
    title: "revokes the session at the server when it signs out",
    needs: ["signOut"],
    steps: [SIGN_IN, { do: "signOut" }],
    expects: [succeeds("signOut"), revokes],
    advice: "POST the refresh token to REVOCATION_ENDPOINT before you delete it.",
  },
  {
    id: "signs-out-while-the-server-is-down",
    group: "afterwards",
    level: "BEYOND",
    clause: rfc(7009, "2.2.1"),
    title: "ends, and keeps no half of a session, if the server cannot revoke it",
    needs: ["signOut"],
    faults: [{ on: "revocation", count: 99, status: 503 }],
    steps: [SIGN_IN, { do: "signOut" }],
    expects: [ends("signOut")],
    advice: "Say that the server could not be asked. Do not hang, and do not crash.",
  },
];
