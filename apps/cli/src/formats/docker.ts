import { UsageError } from "@tokenflow/common";
import { type HelperFormat, hasControls, type Question, type Reply } from "./helper.ts";
import { serverOrigin } from "./server.ts";

const refusal = (text: string): Question => ({ kind: "reply", reply: { text, exit: 1 } });

/**
 * https://github.com/docker/docker-credential-helpers: the program reads errors from stdout, and knows this one by its
 * words.
 */
const NOT_FOUND: Reply = { text: "credentials not found in native keychain", exit: 1 };

export const docker: HelperFormat = {
  operations: ["get", "list", "store", "erase", "version"],
  input: { get: "end", store: "end", erase: "end" },
  readsErrorsFromStdout: true,
  nothing: NOT_FOUND,
  read(operation, input): Question {
    switch (operation) {
      case "list":
        return {
          kind: "list",
          write: (entries) =>
            JSON.stringify(Object.fromEntries(entries.map(({ origin, username }) => [origin, username]))),
        };
      case "store":
        return refusal("tokenflow stores no passwords: sign in with tokenflow login instead of docker login");
      case "erase":
        return refusal("tokenflow erases nothing for docker logout: sign out with tokenflow logout");
      case "version":
        return { kind: "reply", reply: { text: "docker-credential-tokenflow (tokenflow)", exit: 0 } };
      default: {
        const server = input.trim();
        if (server === "") return refusal("no credentials server URL");
        if (hasControls(server) || /\s/.test(server)) {
          throw new UsageError("the question on stdin is not the address of one registry");
        }
        return {
          kind: "get",
          origin: serverOrigin(server),
          // Docker takes the user name `<token>` for a refresh token. No credential has that one.
          write: ({ secret, username }) =>
            JSON.stringify({ ServerURL: server, Username: username, Secret: secret }),
        };
      }
    }
  },
};
