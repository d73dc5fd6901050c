import type { Model } from "@tokenflow/core";
import {
  asLabel,
  asNumber,
  asObject,
  asPlainName,
  asString,
  type HttpAnswer,
  type JsonObject,
  omitUndefined,
} from "@tokenflow/core/provider";

/** Reads each entry by itself: an unreadable one does not hide the others. Of repeated ids the first counts. */
export function readModels({ status, json }: HttpAnswer): readonly Model[] | undefined {
  const { data } = asObject(json);
  if (status !== 200 || !Array.isArray(data)) return undefined;
  const models = new Map<string, Model>();
  for (const entry of data.map(asObject)) {
    const id = asPlainName(entry["id"]);
    if (id !== undefined && !models.has(id)) models.set(id, readModel(id, entry));
  }
  return [...models.values()];
}

function readModel(id: string, entry: JsonObject): Model {
  const capabilities = asObject(entry["capabilities"]);
  const limits = asObject(capabilities["limits"]);
  const supports = asObject(capabilities["supports"]);
  const endpoints = entry["supported_endpoints"];
  const state = asString(asObject(entry["policy"])["state"]);
  const model: Model = {
    id,
    name: asLabel(entry["name"]),
    vendor: asLabel(entry["vendor"]),
    endpoints: Array.isArray(endpoints)
      ? endpoints.filter((path) => asPlainName(path) !== undefined)
      : undefined,
    kind: asLabel(capabilities["type"]),
    contextWindow: asNumber(limits["max_context_window_tokens"]),
    maxOutput: asNumber(limits["max_output_tokens"]),
    reasoning: canReason(supports),
    enabled: state === undefined ? undefined : state === "enabled",
  };
  return omitUndefined(model);
}

/** The catalogue has three spellings. It names only what a model can do, so absence means unknown. */
function canReason(supports: JsonObject): boolean | undefined {
  const efforts = supports["reasoning_effort"];
  if (Array.isArray(efforts) && efforts.length > 0) return true;
  const flags = new Set([supports["thinking"], supports["adaptive_thinking"]]);
  return flags.has(true) ? true : flags.has(false) ? false : undefined;
}
