import type { Check } from "./check.ts";

/** Shows the Node version. An older Node never gets this far: the program ends first, with one sentence. */
export const node: Check<unknown> = {
  name: "node",
  run: async () => [
    { level: "green", message: `Node ${process.versions.node} on ${process.platform} ${process.arch}` },
  ],
};

/** Shows whether another program's sign-in could be imported. Checks only that its file exists, and reads nothing. */
export const otherClients: Check = {
  name: "others",
  async run({ sessions, nameExternalSignIn }) {
    const other = await nameExternalSignIn();
    if (other === undefined) return [{ level: "green", message: "found no sign-in of another program" }];
    const isSignedIn = sessions.some(({ provider }) => provider === "copilot");
    return [
      {
        level: "green",
        message: `found a sign-in of another program (${other})`,
        fix: isSignedIn ? undefined : "Run: tokenflow import copilot",
      },
    ];
  },
};
