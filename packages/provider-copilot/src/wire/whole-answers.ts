import { asObject, isJsonObject, type JsonObject, type JsonValue, parseJson } from "@tokenflow/core/provider";
import { isList } from "./pinned-ids.ts";

/** The first members of an object, up to one whose value is a list, an object, or a text with an escape. */
const FIRST_MEMBERS = /^\s*\{(?:\s*"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[\w.+-]+)\s*,)*/;

/** Gives a plain chat answer the shape that clients of OpenAI's API rely on. */
export function repairChat(text: string, now: number): string {
  const [first = ""] = FIRST_MEMBERS.exec(text) ?? [];
  // Most answers have both at their beginning, and need not be parsed.
  if (/"object"\s*:/.test(first) && /"created"\s*:/.test(first) && !text.includes('"tool_calls"'))
    return text;
  const answer = parseJson(text);
  if (!isJsonObject(answer) || !isList(answer["choices"])) return text;
  const joined = joinChoices(answer["choices"]);
  const whole = joined ? JSON.stringify({ ...answer, choices: [joined] }) : text;
  return addMembers(whole, answer, { object: "chat.completion", created: Math.floor(now / 1000) });
}

/**
 * Returns an answer that is spread over several choices as one: the first says that it ends with calls, which another
 * one has. Returns `undefined` for any other answer.
 */
function joinChoices([first, ...others]: readonly JsonValue[]): JsonObject | undefined {
  const choice = asObject(first);
  const message = asObject(choice["message"]);
  if (choice["finish_reason"] !== "tool_calls" || callsOf(choice).length > 0) return undefined;
  const calls = others.flatMap(callsOf);
  return calls.length === 0 ? undefined : { ...choice, message: { ...message, tool_calls: calls } };
}

function callsOf(choice: JsonValue): readonly JsonValue[] {
  const calls = asObject(asObject(choice)["message"])["tool_calls"];
  return isList(calls) ? calls : [];
}

export interface EmbeddingsRequest {
  readonly model: string | undefined;
  readonly wantsBase64: boolean;
}

/** Encodes vectors as base64 if that was asked for, and adds the members that OpenAI's API has. */
export function repairEmbeddings(text: string, { model, wantsBase64 }: EmbeddingsRequest): string {
  const answer = parseJson(text);
  const data = isJsonObject(answer) ? answer["data"] : undefined;
  if (!isJsonObject(answer) || !Array.isArray(data)) return text;
  const members = { object: "list", ...(model === undefined ? {} : { model }) };
  if (!wantsBase64 || !data.some(holdsNumbers)) return addMembers(text, answer, members);
  return JSON.stringify({ ...members, ...answer, data: data.map(encodeVector) });
}

/** Adds missing members at the beginning of a JSON object. The rest keeps its text. */
export function addMembers(text: string, answer: JsonObject, members: JsonObject): string {
  const missing = Object.entries(members).filter(([name]) => answer[name] === undefined);
  if (missing.length === 0) return text;
  const start = text.indexOf("{") + 1;
  const added = JSON.stringify(Object.fromEntries(missing)).slice(1, -1);
  const isEmpty = Object.keys(answer).length === 0;
  return `${text.slice(0, start)}${added}${isEmpty ? "" : ","}${text.slice(start)}`;
}

function holdsNumbers(entry: JsonValue): boolean {
  const vector = isJsonObject(entry) ? entry["embedding"] : undefined;
  return Array.isArray(vector) && vector.every((number) => typeof number === "number");
}

function encodeVector(entry: JsonValue): JsonValue {
  if (!isJsonObject(entry) || !holdsNumbers(entry)) return entry;
  const { embedding } = entry;
  const numbers: readonly JsonValue[] = Array.isArray(embedding) ? embedding : [];
  const bytes = new DataView(new ArrayBuffer(numbers.length * 4));
  for (const [index, number] of numbers.entries()) bytes.setFloat32(index * 4, Number(number), true);
  return { object: "embedding", ...entry, embedding: toBase64(new Uint8Array(bytes.buffer)) };
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8_192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8_192));
  }
  return btoa(text);
}
