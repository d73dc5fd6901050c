import type { Dialect } from "../base/dialect.ts";
import { asList, asNumber, asObject, asString, compact, type JsonObject } from "../base/json.ts";

/** Anthropic's API writes the epoch for a release date that is unknown. */
const UNKNOWN_DATE = 0;

/**
 * Translates a list of models. OpenAI's APIs share one form. Other members of the models are kept.
 *
 * @example
 * ```ts
 * translateModels({ object: "list", data: [{ id: "gpt-4.1", object: "model" }] }, "messages");
 * ```
 */
export function translateModels(list: JsonObject, to: Dialect): JsonObject {
  const models = asList(list["data"]).map(asObject);
  if (to !== "messages") return { object: "list", data: models.map(toOpenAi) };
  const data = models.map(toAnthropic);
  const idOf = (model: JsonObject | undefined): string | null => asString(model?.["id"]) ?? null;
  return { data, has_more: false, first_id: idOf(data[0]), last_id: idOf(data.at(-1)) };
}

function toAnthropic({ object: _object, created, owned_by: _owner, ...model }: JsonObject): JsonObject {
  const { id, name, created_at: createdAt } = model;
  const date = asString(createdAt) ?? dateOf(asNumber(created) ?? UNKNOWN_DATE);
  return {
    ...model,
    type: "model",
    display_name: asString(model["display_name"]) ?? asString(name) ?? asString(id) ?? "",
    created_at: date,
  };
}

/** @param seconds since 1970; no date tells a moment that is too far away */
function dateOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return (Number.isNaN(date.getTime()) ? new Date(UNKNOWN_DATE) : date).toISOString();
}

function toOpenAi({ type: _type, created_at: createdAt, ...model }: JsonObject): JsonObject {
  const time = Date.parse(asString(createdAt) ?? "");
  return compact({
    ...model,
    object: "model",
    created: asNumber(model["created"]) ?? (Number.isNaN(time) ? UNKNOWN_DATE : time / 1000),
    owned_by: asString(model["owned_by"]) ?? "unknown",
  });
}
