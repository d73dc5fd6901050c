import { UsageError } from "@tokenflow/common";
import { isJsonObject, parseJson } from "@tokenflow/core/store";
import { formatEnd, headersOf } from "./credential.ts";
import { type HelperFormat, hasControls, type Question } from "./helper.ts";
import { serverOrigin } from "./server.ts";

/** https://github.com/EngFlow/credential-helper-spec */
export const bazel: HelperFormat = {
  operations: ["get"],
  input: { get: "end" },
  // An error would stop the build, which also fetches from hosts that need no credentials.
  nothing: { text: '{"headers":{}}', exit: 0 },
  read(_operation, input): Question {
    const asked = parseJson(input);
    const uri = isJsonObject(asked) ? asked["uri"] : undefined;
    if (typeof uri !== "string" || hasControls(uri)) {
      throw new UsageError('the question on stdin is not JSON with a "uri"');
    }
    return {
      kind: "get",
      origin: serverOrigin(uri),
      write(credential) {
        const headers = Object.entries(headersOf(credential)).map(
          ([name, value]) => [name, [value]] as const,
        );
        const { expiresAt } = credential;
        return JSON.stringify({
          headers: Object.fromEntries<readonly string[]>(headers),
          ...(expiresAt === undefined ? {} : { expires: formatEnd(expiresAt) }),
        });
      },
    };
  },
};
