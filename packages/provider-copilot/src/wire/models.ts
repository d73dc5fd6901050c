import type { HttpAnswer, JsonObject, Model } from "@tokenflow/core";
import { dropAbsent, numberOf, objectOf, textOf } from "@tokenflow/core/wire";

/** Each entry for itself: one that cannot be read does not hide the others. Ids repeat; the first one counts. */
export function readModels({ status, json }: HttpAnswer): readonly Model[] | undefined {
  const { data } = objectOf(json);
  if (status !== 200 || !Array.isArray(data)) return undefined;
  const models = new Map<string, Model>();
  for (const entry of data.map(objectOf)) {
    const id = textOf(entry["id"]);
    if (id !== undefined && !models.has(id)) models.set(id, readModel(id, entry));
  }
  return [...models.values()];
}

function readModel(id: string, entry: JsonObject): Model {
  const capabilities = objectOf(entry["capabilities"]);
  const limits = objectOf(capabilities["limits"]);
  const supports = objectOf(capabilities["supports"]);
  const endpoints = entry["supported_endpoints"];
  const state = textOf(objectOf(entry["policy"])["state"]);
  const model: Model = {
    id,
    name: textOf(entry["name"]),
    vendor: textOf(entry["vendor"]),
    endpoints: Array.isArray(endpoints) ? endpoints.filter((path) => textOf(path) !== undefined) : undefined,
    kind: textOf(capabilities["type"]),
    contextWindow: numberOf(limits["max_context_window_tokens"]),
    maxOutput: numberOf(limits["max_output_tokens"]),
    vision: flagOf(supports["vision"]),
    toolCalls: flagOf(supports["tool_calls"]),
    reasoning: thinks(supports),
    preview: flagOf(entry["preview"]),
    enabled: state === undefined ? undefined : state === "enabled",
  };
  return { id, ...dropAbsent(model) };
}

/** Three spellings; the catalogue names only what a model can do, so silence says nothing. */
function thinks(supports: JsonObject): boolean | undefined {
  const efforts = supports["reasoning_effort"];
  if (Array.isArray(efforts) && efforts.length > 0) return true;
  const says = new Set([supports["thinking"], supports["adaptive_thinking"]]);
  return says.has(true) ? true : says.has(false) ? false : undefined;
}

function flagOf(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}
