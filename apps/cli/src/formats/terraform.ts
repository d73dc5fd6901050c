import { UsageError } from "@tokenflow/common";
import { type HelperFormat, hasControls, type Question } from "./helper.ts";
import { serverOrigin } from "./server.ts";

/** https://developer.hashicorp.com/terraform/internals/credentials-helpers */
export const terraform: HelperFormat = {
  operations: ["get", "store", "forget"],
  takesArgument: true,
  input: {},
  nothing: { text: "{}", exit: 0 },
  read(operation, _input, host): Question {
    if (operation !== "get") {
      throw new UsageError(
        `tokenflow does not ${operation} credentials for terraform`,
        operation === "store" ? "Sign in with: tokenflow login" : "Sign out with: tokenflow logout",
      );
    }
    if (host === undefined || hasControls(host)) throw new UsageError("terraform named no host");
    return {
      kind: "get",
      origin: serverOrigin(host),
      write: ({ secret }) => JSON.stringify({ token: secret }),
    };
  },
};
