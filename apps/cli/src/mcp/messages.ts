import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "@tokenflow/core/provider";

export type Id = string | number;

/** A message of JSON-RPC 2.0, and its text on one line. Numbers of a text are never written in another way. */
export interface Message {
  readonly text: string;
  /** Absent for a notification. */
  readonly id?: Id | undefined;
  /** Absent for an answer. */
  readonly method?: string | undefined;
  readonly params: JsonObject;
  readonly result?: JsonValue | undefined;
  readonly error?: JsonValue | undefined;
}

/** The codes of JSON-RPC, and those of MCP. */
export const CODE = {
  parse: -32_700,
  invalid: -32_600,
  /** A failure of the connection, or of the bridge. */
  failed: -32_000,
  /** A person must open a link first (revision 2025-11-25). */
  linkNeeded: -32_042,
} as const;

/** Reads one message. Returns `undefined` for other text. */
export function readMessage(text: string): Message | undefined {
  const json = parseJson(text);
  if (!isJsonObject(json) || json["jsonrpc"] !== "2.0") return undefined;
  const { id, method, params, result, error } = json;
  const hasId = typeof id === "string" || typeof id === "number";
  if (method !== undefined && typeof method !== "string") return undefined;
  if (method === undefined && result === undefined && error === undefined) return undefined;
  return {
    // A text on several lines has its line ends between the tokens only: JSON escapes those in strings.
    text: text.replaceAll(/[\r\n]+/g, " "),
    id: hasId ? id : undefined,
    method,
    params: isJsonObject(params) ? params : {},
    result,
    error,
  };
}

/** Reads the error of an answer. Returns `undefined` for one without a code and a message. */
export function readError(
  error: JsonValue | undefined,
): { readonly code: number; readonly message: string; readonly data?: JsonObject | undefined } | undefined {
  const { code, message, data } = objectOf(error);
  if (typeof code !== "number" || typeof message !== "string") return undefined;
  return { code, message, ...(isJsonObject(data) ? { data } : {}) };
}

export function isRequest(
  message: Message,
): message is Message & { readonly id: Id; readonly method: string } {
  return message.method !== undefined && message.id !== undefined;
}

export function resultText(id: Id, result: JsonObject): string {
  return JSON.stringify({ jsonrpc: "2.0", id, result });
}

export function errorText(id: Id | null, code: number, message: string, data?: JsonObject): string {
  return JSON.stringify({ jsonrpc: "2.0", id, error: { code, message, ...(data ? { data } : {}) } });
}

export function notificationText(method: string, params?: JsonObject): string {
  return JSON.stringify({ jsonrpc: "2.0", method, ...(params ? { params } : {}) });
}

const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities";

/** Returns the revision that a request of 2026-07-28 names for itself. */
export function ownRevision({ params }: Message): string | undefined {
  const meta = objectOf(params["_meta"]);
  const version = meta[VERSION_KEY];
  return typeof version === "string" ? version : undefined;
}

/** Returns what the client can do, as `initialize` or a request of 2026-07-28 says. */
export function capabilitiesOf({ params }: Message): JsonObject {
  return objectOf(params["capabilities"] ?? objectOf(params["_meta"])[CAPABILITIES_KEY]);
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
