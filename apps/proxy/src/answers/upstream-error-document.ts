import { isJsonObject, type JsonValue, parseJson } from "@tokenflow/core/provider";
import { type Dialect, errorDocument, openAiType } from "./dialect.ts";

/** An error of an upstream, as it came. */
export interface UpstreamErrorText {
  readonly status: number;
  readonly text: string;
  /** The service's name, for an error without words. */
  readonly service: string;
  readonly requestId: string | undefined;
}

/** The most of an unreadable answer that becomes a message, in characters. */
const MAX_MESSAGE = 1_000;

/**
 * Builds the error document that SDKs of the dialect can read. A service's own words stay as they are.
 * @returns `undefined` if the upstream's text has the shape already, or is JSON without an error
 */
export function upstreamErrorDocument(answer: UpstreamErrorText, dialect: Dialect): object | undefined {
  const { status, text, service, requestId } = answer;
  const json = parseJson(text);
  const error = isJsonObject(json) ? json["error"] : undefined;
  const said = isJsonObject(error) ? asText(error["message"]) : undefined;
  if (isJsonObject(json) && isJsonObject(error) && said !== undefined) {
    const isTyped = asText(error["type"]) !== undefined;
    if (isTyped && (dialect === "openai" || json["type"] === "error")) return undefined;
    if (dialect === "openai")
      return { ...json, error: { param: null, code: null, ...error, type: openAiType(status) } };
  }
  const message = said ?? messageIn(json) ?? (json === undefined ? plainText(answer) : undefined);
  if (message === undefined && json !== undefined && dialect === "openai") return undefined;
  const code = codeIn(isJsonObject(error) ? error : json);
  return errorDocument(
    {
      status,
      code: code ?? "upstream.error",
      message: message ?? `${service} answered ${status}: ${text.slice(0, MAX_MESSAGE)}`,
      headers: {},
    },
    dialect,
    requestId,
  );
}

/** Returns what an answer says that is no JSON. */
function plainText({ status, text, service }: UpstreamErrorText): string {
  const words = text.trim();
  const isPage = words.startsWith("<");
  if (words !== "" && !isPage) return words.slice(0, MAX_MESSAGE);
  return `${service} answered ${status} ${isPage ? "with a page in place of an error" : "without a message"}.`;
}

/** Reads the sentence of errors in other shapes: `{"message"}`, `{"error": "…"}`, `{"detail"}`, `{"errors": […]}`. */
function messageIn(json: JsonValue | undefined): string | undefined {
  if (typeof json === "string") return asText(json);
  if (!isJsonObject(json)) return undefined;
  const [first] = Array.isArray(json["errors"]) ? (json["errors"] as readonly JsonValue[]) : [];
  return (
    asText(json["message"]) ??
    asText(json["error_description"]) ??
    asText(json["error"]) ??
    asText(json["detail"]) ??
    (isJsonObject(first) ? asText(first["message"]) : undefined)
  );
}

function codeIn(value: JsonValue | undefined): string | undefined {
  return isJsonObject(value) ? asText(value["code"]) : undefined;
}

function asText(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
