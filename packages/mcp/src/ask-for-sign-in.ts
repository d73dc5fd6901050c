import type { Acquired, TokenManager } from "@tokenflow/core";
import { INPUT_KEY, type ToolRequest } from "./request.ts";
import type { ProtocolServer } from "./server.ts";
import { elicitationIdOf, lastFailure } from "./sign-in-watch.ts";
import { errorResult, type ToolResult } from "./tool-result.ts";

type Pending = Extract<Acquired, { readonly status: "pending" }>;

/**
 * Tells the client that a person must sign in, in the way that it understands. Waits for nobody. Link and
 * user code are for the person; the device code stays with the manager, and no protocol state is used.
 * @throws the SDK's `UrlElicitationRequiredError` (−32042) for a client of 2025-11-25 that opens links
 */
export async function askForSignIn(
  server: ProtocolServer,
  manager: TokenManager,
  request: ToolRequest,
  { userCode, verificationUri, verificationUriComplete }: Pending,
): Promise<ToolResult> {
  const { name } = manager.provider;
  const url = verificationUriComplete ?? verificationUri;
  const failure = lastFailure(manager);
  const before = failure ? `${failure.message}. ` : "";
  const open = `Open ${url} and enter the code ${userCode} to sign in to ${name}`;
  const message = `${before}${open}.`;

  // An accepted link is a consent to open it, not the sign-in. Asked again at once, a client that accepts
  // by itself would open one page after the other: what is left to say goes into words.
  if (request.answered === "accept") {
    return errorResult(`Not signed in to ${name} yet. ${open}, then call this tool again.`);
  }
  if (request.answered !== undefined) {
    return errorResult(`Not signed in to ${name}: the request was answered with "${request.answered}". \
Call this tool again to be asked again.`);
  }
  switch (request.way) {
    case "input_required":
      return inputRequired(url, message);
    case "url_error": {
      const elicitation: UrlElicitation = {
        mode: "url",
        elicitationId: elicitationIdOf(manager, server, userCode),
        url,
        message,
      };
      throw await urlError(request.current, elicitation, `${before}${open}, then call this tool again.`);
    }
    case "words":
      return errorResult(`${before}${open}, then call this tool again.`);
  }
}

/** What `inputRequired({ inputRequests: { …: inputRequired.elicitUrl(…) } })` of version 2 builds. */
function inputRequired(url: string, message: string): ToolResult {
  const result = {
    resultType: "input_required",
    inputRequests: {
      [INPUT_KEY]: { method: "elicitation/create", params: { mode: "url", url, message } },
    },
  };
  // Another kind of result than a tool's; version 2 takes either from a handler, and knows it by `resultType`.
  return result as unknown as ToolResult;
}

interface UrlElicitation {
  readonly mode: "url";
  readonly elicitationId: string;
  readonly url: string;
  readonly message: string;
}

/** Of the class of the SDK that serves the call, as only that one passes its server; the other may be missing. */
async function urlError(current: boolean, elicitation: UrlElicitation, message: string): Promise<Error> {
  const { UrlElicitationRequiredError } = current
    ? await import("@modelcontextprotocol/server")
    : await import("@modelcontextprotocol/sdk/types.js");
  return new UrlElicitationRequiredError([{ ...elicitation }], message);
}
