import { isJsonObject } from "@tokenflow/core/provider";
import type { ClientCapabilities, ProtocolServer } from "./server.ts";

/** How a client can be told that a person must sign in. */
export type Way =
  /** Revision 2026-07-28: a result that asks the client for the visit, and is retried (multi round-trip). */
  | "input_required"
  /** Revision 2025-11-25: the error −32042 with a link, and a notice when the person is done. */
  | "url_error"
  /** Any other client: words that a model can pass on. */
  | "words";

/** One tool call, read from the last argument of its handler. */
export interface ToolRequest {
  readonly signal: AbortSignal | undefined;
  readonly way: Way;
  /** Whether version 2 of the SDK serves it. */
  readonly current: boolean;
  /** What the person answered to the link that an earlier round of this call showed. */
  readonly answered: "accept" | "decline" | "cancel" | undefined;
}

/** Under which the link is asked for in `inputRequests`, and answered in `inputResponses`. */
export const INPUT_KEY = "tokenflow_sign_in";

/** The first revision with `input_required`, and the first with links. Revisions are dates and sort as text. */
const MULTI_ROUND_TRIP = "2026-07-28";
const URL_ELICITATION = "2025-11-25";
/** Where a request of 2026-07-28 carries what its client can do. */
const CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities";

/** Reads `ctx` of version 2 (`ctx.mcpReq`) and `extra` of version 1. */
export function readRequest(server: ProtocolServer, context: unknown): ToolRequest {
  const outer = objectOf(context);
  const current = outer["mcpReq"] !== undefined;
  const request = current ? objectOf(outer["mcpReq"]) : outer;
  const { signal } = request;
  const action = objectOf(objectOf(request["inputResponses"])[INPUT_KEY])["action"];
  return {
    signal: signal instanceof AbortSignal ? signal : undefined,
    way: wayOf(server, objectOf(request["envelope"])[CAPABILITIES_KEY]),
    current,
    answered: action === "accept" || action === "decline" || action === "cancel" ? action : undefined,
  };
}

/** By the revision that serves the request, and what its client declared. */
function wayOf(server: ProtocolServer, declared: unknown): Way {
  const revision = server.getNegotiatedProtocolVersion?.();
  if (revision !== undefined && revision >= MULTI_ROUND_TRIP) {
    return opensLinks(objectOf(declared)) ? "input_required" : "words";
  }
  // Version 1 does not tell the revision; only a client of 2025-11-25 declares links.
  if (revision !== undefined && revision < URL_ELICITATION) return "words";
  return opensLinks(server.getClientCapabilities() ?? {}) ? "url_error" : "words";
}

function opensLinks({ elicitation }: ClientCapabilities): boolean {
  return Boolean(objectOf(elicitation)["url"]);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : {};
}
