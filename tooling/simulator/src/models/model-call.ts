import type { Reply } from "@tokenflow/conformance/server";
import { isJsonObject, type JsonObject, pause } from "@tokenflow/conformance/server";
import type { ServiceRequest, World } from "../server/service.ts";
import type { Settings } from "../server/settings.ts";
import { contentText, readToolCalls, type ToolCall } from "./tool-calls.ts";

/** A model call that was understood. */
export interface ModelCall {
  readonly model: string;
  readonly stream: boolean;
  readonly body: JsonObject;
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  /** The answer of the simulated model, in the pieces of a stream. */
  readonly pieces: readonly string[];
  readonly promptTokens: number;
  /** How many of them came from the prompt cache. */
  readonly cachedTokens: number;
  /** The tools that the model calls, if it has tools and the user spoke last. */
  readonly toolCalls: readonly ToolCall[];
}

/** What the simulated model thinks before it answers, in the pieces of a stream. */
export const THOUGHT: readonly string[] = ["The question ", "asks for ", "an echo."];

/** Writes the call into the journal and reads it. Returns `undefined` if it is no JSON object with a model. */
export function readModelCall(
  { entry, json, text, now }: ServiceRequest,
  { settings, journal }: World,
): ModelCall | undefined {
  if (settings.keepBodies) entry.body = text;
  if (!isJsonObject(json) || typeof json["model"] !== "string") return undefined;
  const model = json["model"];
  const stream = json["stream"] === true;
  const id = `${entry.at.toString(36)}${journal.counts.requests.toString(36)}`;
  entry.model = model;
  if (stream) {
    entry.stream = true;
    journal.counts.streams += 1;
  }
  return {
    model,
    stream,
    body: json,
    id,
    created: Math.floor(now / 1000),
    pieces: isJsonWanted(json) ? jsonPieces(lastUserText(json)) : answerPieces(lastUserText(json), settings),
    promptTokens: Math.ceil(text.length / 4),
    cachedTokens: 0,
    toolCalls: readToolCalls(json, id, settings),
  };
}

/** Sends the pieces at the pace of the settings, which may change meanwhile. Returns false if the client left. */
export async function streamPieces<Piece>(
  pieces: readonly Piece[],
  settings: Settings,
  reply: Reply,
  send: (piece: Piece) => Promise<boolean>,
): Promise<boolean> {
  for (const piece of pieces) {
    if (settings.chunkDelay > 0) await pause(settings.chunkDelay, reply.gone);
    if (!(await send(piece))) return false;
  }
  return true;
}

function answerPieces(question: string, { chunks }: Settings): readonly string[] {
  const asked = question.length > 200 ? `${question.slice(0, 200)}…` : question;
  const text =
    `You said: "${asked}". I am the simulator's model, so I only repeat you. ` +
    "But every word of this came to you in a piece of its own, as a real answer would.";
  const words = text.split(/(?<=\s)/);
  if (chunks === undefined) return words;
  return Array.from({ length: chunks }, (_, index) => words[index % words.length] ?? "");
}

/** Returns true if the answer must be JSON, in the form of any of the three APIs. */
function isJsonWanted({ response_format: chat, text, output_config: messages }: JsonObject): boolean {
  const format = chat ?? (isJsonObject(text) ? text["format"] : undefined);
  const wanted = format ?? (isJsonObject(messages) ? messages["format"] : undefined);
  const type = isJsonObject(wanted) ? wanted["type"] : undefined;
  return type === "json_schema" || type === "json_object";
}

function jsonPieces(question: string): readonly string[] {
  return JSON.stringify({ question }).split(/(?<=:)/);
}

/** Returns the user's last text, from `messages` or `input`. */
function lastUserText(body: JsonObject): string {
  const input = body["messages"] ?? body["input"];
  if (typeof input === "string") return input;
  if (!Array.isArray(input)) return "";
  const last: unknown = input.findLast((item: unknown) => isJsonObject(item) && item["role"] === "user");
  return isJsonObject(last) ? contentText(last["content"]) : "";
}

const IMAGE_PARTS = ["image_url", "input_image", "image"] as const;

/** Returns true if any part of the conversation is a picture, in any of the three APIs' forms. */
export function hasImage(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasImage);
  if (!isJsonObject(value)) return false;
  if (IMAGE_PARTS.some((type) => type === value["type"])) return true;
  return hasImage(value["content"]) || hasImage(value["messages"]) || hasImage(value["input"]);
}
