import { isJsonObject } from "@tokenflow/core/provider";
import type { ClientCapabilities, ProtocolServer } from "./server.ts";

/** The form in which a client can be asked for a sign-in. */
export type SignInMethod =
  /** Revision 2026-07-28: a result that asks the client to open the link and then retry (multi round-trip). */
  | "input_required"
  /** Revision 2025-11-25: the error −32042 with a link, and a notification after the sign-in. */
  | "url_error"
  /** Any other client: text that a model can pass on. */
  | "text";

/** One tool call, read from the last argument of its handler. */
export interface ToolRequest {
  readonly signal: AbortSignal | undefined;
  readonly method: SignInMethod;
  /** `true` if version 2 of the SDK serves the call. */
  readonly isVersion2: boolean;
  /** The person's response to the link of an earlier round of this call. */
  readonly response: "accept" | "decline" | "cancel" | undefined;
}

/** The key of the link in `inputRequests` and `inputResponses`. */
export const INPUT_KEY = "tokenflow_sign_in";

/** The first revision with `input_required`, and the first with links. Revisions are dates and sort as text. */
const MULTI_ROUND_TRIP = "2026-07-28";
const URL_ELICITATION = "2025-11-25";
/** The key of the client's capabilities in a request of 2026-07-28. */
const CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities";

/** Reads `ctx` of version 2 (`ctx.mcpReq`) and `extra` of version 1. */
export function readRequest(server: ProtocolServer, context: unknown): ToolRequest {
  const outer = asRecord(context);
  const isVersion2 = outer["mcpReq"] !== undefined;
  const request = isVersion2 ? asRecord(outer["mcpReq"]) : outer;
  const { signal } = request;
  const action = asRecord(asRecord(request["inputResponses"])[INPUT_KEY])["action"];
  return {
    signal: signal instanceof AbortSignal ? signal : undefined,
    method: methodOf(server, asRecord(request["envelope"])[CAPABILITIES_KEY]),
    isVersion2,
    response: action === "accept" || action === "decline" || action === "cancel" ? action : undefined,
  };
}

/** Chooses by the protocol revision of the request and the capabilities of its client. */
function methodOf(server: ProtocolServer, declared: unknown): SignInMethod {
  const revision = server.getNegotiatedProtocolVersion?.();
  if (revision !== undefined && revision >= MULTI_ROUND_TRIP) {
    return opensLinks(asRecord(declared)) ? "input_required" : "text";
  }
  // Version 1 does not report the revision. Only a client of 2025-11-25 declares links.
  if (revision !== undefined && revision < URL_ELICITATION) return "text";
  return opensLinks(server.getClientCapabilities() ?? {}) ? "url_error" : "text";
}

function opensLinks({ elicitation }: ClientCapabilities): boolean {
  return Boolean(asRecord(elicitation)["url"]);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : {};
}
