import { UsageError } from "@tokenflow/common";
import { headersOf } from "./credential.ts";
import { type HelperFormat, hasControls, type Question, SILENCE } from "./helper.ts";
import { serverOrigin } from "./server.ts";

/**
 * `go help goauth`: the command is run without an address first, then with one and the server's answer on stdin. It
 * prints addresses, an empty line, headers, and an empty line.
 */
export const goauth: HelperFormat = {
  operations: [],
  operation: "get",
  takesArgument: true,
  input: {},
  nothing: SILENCE,
  read(_operation, _input, address): Question {
    if (address === undefined) return { kind: "reply", reply: SILENCE };
    if (hasControls(address) || !/^https?:\/\//i.test(address)) {
      throw new UsageError("that is not the address of a module", "See: go help goauth");
    }
    return {
      kind: "get",
      origin: serverOrigin(address),
      write(credential) {
        const headers = Object.entries(headersOf(credential)).map(([name, value]) => `${name}: ${value}`);
        // The caller's printer adds the newline of the last, empty line.
        return [serverOrigin(address), "", ...headers, ""].join("\n");
      },
    };
  },
};
