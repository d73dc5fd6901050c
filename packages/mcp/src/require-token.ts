import { isTokenFlowError, needsSignIn, type Token, type TokenManager } from "@tokenflow/core";
import { askForSignIn } from "./ask-for-sign-in.ts";
import { readRequest, type ToolRequest } from "./request.ts";
import { type AnyServer, type ProtocolServer, protocolOf } from "./server.ts";
import { acquire } from "./sign-in-watch.ts";
import { failedResult, type ToolResult } from "./tool-result.ts";

/**
 * Wraps a tool's handler, for `registerTool` of both major versions of the SDK. The handler receives a live token before
 * the SDK's own arguments.
 *
 * If a person must sign in first, the call returns at once with link and user code, in a form that the client supports,
 * and the next call tries again. If there is no token for another reason, the result says what to do. The same applies
 * if the handler throws because the session ended meanwhile.
 * @param server the server of the tool
 * @param manager the manager of the session of the person whom this server serves
 * @throws the handler's errors, except `TokenFlowError`; the SDK's error −32042, which is an answer
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

/** Handles a token, and its grant, that the API rejects while the handler runs: then a person must sign in. */
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
