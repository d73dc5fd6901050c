import { isTokenFlowError, needsSignIn, type Token, type TokenManager } from "@tokenflow/core";
import { askForSignIn } from "./ask-for-sign-in.ts";
import { readRequest, type ToolRequest } from "./request.ts";
import { type AnyServer, type ProtocolServer, protocolOf } from "./server.ts";
import { acquire } from "./sign-in-watch.ts";
import { failedResult, type ToolResult } from "./tool-result.ts";

/**
 * A tool's handler that is given a live token, before what the SDK gives it. Where a person must sign in
 * first, the call is answered at once with link and user code, as the client understands it, and the next
 * call asks again; where there is no token for another reason, with what to do. For `registerTool` of both
 * majors of the SDK.
 *
 * A handler that throws because the session ended meanwhile is answered in the same way.
 * @param server to which the tool belongs
 * @param manager of the session of the person whom this server serves
 * @throws what the handler throws, but for `TokenFlowError`; the SDK's error −32042, which is an answer
 * @example
 * server.registerTool("models", config, requireToken(server, manager, async (token) => listModels(token)));
 */
export function requireToken<Rest extends readonly unknown[], Result>(
  server: AnyServer,
  manager: TokenManager,
  handler: (token: Token, ...rest: Rest) => Result | Promise<Result>,
): (...rest: Rest) => Promise<Result | ToolResult> {
  const protocol = protocolOf(server);
  return async (...rest) => {
    const request = readRequest(protocol, rest.at(-1));
    const acquired = await acquire(manager, request.signal);
    switch (acquired.status) {
      case "failed":
        return failedResult(acquired.error);
      case "pending":
        return askForSignIn(protocol, manager, request, acquired);
      case "authorized":
        try {
          return await handler(acquired.token, ...rest);
        } catch (error) {
          return answerFailure(protocol, manager, request, error);
        }
    }
  };
}

/** The API may refuse the token in the midst of the handler, and the grant with it: then a person is needed. */
async function answerFailure(
  server: ProtocolServer,
  manager: TokenManager,
  request: ToolRequest,
  error: unknown,
): Promise<ToolResult> {
  if (!isTokenFlowError(error)) throw error;
  if (needsSignIn(error)) {
    const acquired = await acquire(manager, request.signal);
    if (acquired.status === "pending") return askForSignIn(server, manager, request, acquired);
  }
  return failedResult(error);
}
