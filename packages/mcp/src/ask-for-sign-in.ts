import type { Acquired, TokenManager } from "@tokenflow/core";
import { INPUT_KEY, type ToolRequest } from "./request.ts";
import type { ProtocolServer } from "./server.ts";
import { elicitationIdOf, lastFailure } from "./sign-in-watch.ts";
import { errorResult, type ToolResult } from "./tool-result.ts";

type Pending = Extract<Acquired, { readonly status: "pending" }>;

/**
 * Asks the client for a sign-in, in a form that it supports, and returns at once. Link and user code are for the person.
 * The device code stays with the manager, and no protocol state is used.
 * @throws the SDK's `UrlElicitationRequiredError` (−32042) for a client of 2025-11-25 that opens links
 */
export async function askForSignIn(
  server: ProtocolServer,
  manager: TokenManager,
  request: ToolRequest,
  { userCode, verificationUri, verificationUriComplete, notice }: Pending,
): Promise<ToolResult> {
  const { name } = manager.provider;
  const url = verificationUriComplete ?? verificationUri;
  const failure = lastFailure(manager);
  const before = failure ? `${failure.message}. ` : "";
  const open = `Open ${url} and enter the code ${userCode} to sign in to ${name}`;
  const told = notice === undefined ? "" : ` ${notice}`;
  const message = `${before}${open}.${told}`;
  const text = `${before}${open}, then call this tool again.${told}`;

  // An accepted link means that it was opened, not that somebody signed in. A client that accepts by itself would
  // open page after page if it were asked again at once, so the answer is text.
  if (request.response === "accept") {
    return errorResult(`Not signed in to ${name} yet. ${open}, then call this tool again.${told}`);
  }
  if (request.response !== undefined) {
    return errorResult(`Not signed in to ${name}: the answer to the request was "${request.response}". \
Call this tool again to get a new request.`);
  }
  switch (request.method) {
    case "input_required":
      return inputRequired(url, message);
    case "url_error": {
      const elicitation: UrlElicitation = {
        mode: "url",
        elicitationId: elicitationIdOf(manager, server, userCode),
        url,
        message,
      };
      throw await urlError(request.isVersion2, elicitation, text);
    }
    case "text":
      return errorResult(text);
  }
}

/** Builds what `inputRequired({ inputRequests: { …: inputRequired.elicitUrl(…) } })` of version 2 returns. */
function inputRequired(url: string, message: string): ToolResult {
  const result = {
    resultType: "input_required",
    inputRequests: {
      [INPUT_KEY]: { method: "elicitation/create", params: { mode: "url", url, message } },
    },
  };
  // This is not a tool's result. Version 2 accepts it from a handler, and recognises it by `resultType`.
  return result as unknown as ToolResult;
}

interface UrlElicitation {
  readonly mode: "url";
  readonly elicitationId: string;
  readonly url: string;
  readonly message: string;
}

/** Makes an error of the SDK version that serves the call: only its own class passes its server, and the other version may be missing. */
async function urlError(isVersion2: boolean, elicitation: UrlElicitation, message: string): Promise<Error> {
  const { UrlElicitationRequiredError } = isVersion2
    ? await import("@modelcontextprotocol/server")
    : await import("@modelcontextprotocol/sdk/types.js");
  return new UrlElicitationRequiredError([{ ...elicitation }], message);
}
