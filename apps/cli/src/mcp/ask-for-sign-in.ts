import type { JsonObject } from "@tokenflow/core/provider";
import { CODE, errorText, type Id, type Message, objectOf, ownRevision, resultText } from "./messages.ts";
import type { Link } from "./sign-in.ts";

/** The tool that the bridge has while nobody is signed in. */
export const SIGN_IN_TOOL = "tokenflow_sign_in";
/** The key of the link in `inputRequests` and `inputResponses` (revision 2026-07-28). */
const INPUT_KEY = "tokenflow_sign_in";

export interface AskOptions {
  readonly link: Link;
  /** The server's name for people. */
  readonly name: string;
  /** The command that signs in at a terminal. */
  readonly command: string;
  /** Why the last sign-in failed. */
  readonly failure: string | undefined;
  /** True if the client opens links. */
  readonly opensLinks: boolean;
}

/** Answers a request that needs a sign-in, in the form of the client's revision. Never waits for a person. */
export function askForSignIn(
  request: Message & { readonly id: Id; readonly method: string },
  { link, name, command, failure, opensLinks }: AskOptions,
): string {
  const { url, userCode, id: elicitationId } = link;
  const before = failure === undefined ? "" : `${failure}. `;
  const code = userCode === undefined ? "" : ` and enter the code ${userCode}`;
  const open = `${before}Open ${url}${code} to sign in to ${name}`;
  // A code can be entered anywhere; the browser must be able to return here.
  const elsewhere =
    userCode === undefined ? ` If that browser runs on another machine, run instead: ${command}` : "";
  const text = `${open}, then try again.${elsewhere}`;
  const isCall = request.method === "tools/call";
  if (isCall && opensLinks && responseOf(request) === undefined) {
    if (ownRevision(request) !== undefined) {
      const params = { mode: "url", url, message: `${open}.` };
      const inputRequests = { [INPUT_KEY]: { method: "elicitation/create", params } };
      return resultText(request.id, { resultType: "input_required", inputRequests });
    }
    const elicitation = { mode: "url", elicitationId, url, message: `${open}.` };
    return errorText(request.id, CODE.linkNeeded, text, { elicitations: [elicitation] });
  }
  if (isCall) return resultText(request.id, { content: [{ type: "text", text }], isError: true });
  return errorText(request.id, CODE.failed, text);
}

/** Returns the person's answer to the link of an earlier round (revision 2026-07-28). */
function responseOf({ params }: Message): string | undefined {
  const { action } = objectOf(objectOf(params["inputResponses"])[INPUT_KEY]);
  return typeof action === "string" ? action : undefined;
}

/** Removes our part of a repeated request: the server did not ask for it. */
export function withoutOwnInput(message: Message): string {
  const responses = objectOf(message.params["inputResponses"]);
  if (responses[INPUT_KEY] === undefined) return message.text;
  const { [INPUT_KEY]: _, ...others } = responses;
  const { inputResponses: _all, ...params } = message.params;
  const kept = Object.keys(others).length > 0 ? { ...params, inputResponses: others } : params;
  return JSON.stringify({ jsonrpc: "2.0", id: message.id, method: message.method, params: kept });
}

/** The tool's description for `tools/list`. */
export function signInTool(name: string): JsonObject {
  return {
    name: SIGN_IN_TOOL,
    title: `Sign in to ${name}`,
    description: `Signs the person in to ${name}. Returns a link for the person. The tools of ${name} appear afterwards.`,
    inputSchema: { type: "object", properties: {} },
    annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
  };
}
