import { nameOtherSignIn } from "../sign-in/find-external-sign-ins.ts";
import type { Check } from "./check.ts";

/** Which other programs' sign-ins could be imported: whether their files exist, and nothing of what is in them. */
export const otherClients: Check = {
  name: "others",
  async run({ context: { env }, sessions }) {
    const other = await nameOtherSignIn(env);
    if (other === undefined) return [{ level: "green", message: "no sign-in of another program was found" }];
    const isSignedIn = sessions.some(({ provider }) => provider === "copilot");
    return [
      {
        level: "green",
        message: `a sign-in of another program is here (${other})`,
        fix: isSignedIn ? undefined : "Run: tokenflow import copilot",
      },
    ];
  },
};
