import type { HttpAnswer, Model } from "@tokenflow/core";
import { objectOf, textOf } from "./json.ts";

/** Each entry for itself: one that cannot be read does not hide the others. Ids repeat; the first one counts. */
export function readModels({ status, json }: HttpAnswer): readonly Model[] | undefined {
  const { data } = objectOf(json);
  if (status !== 200 || !Array.isArray(data)) return undefined;
  const models = new Map<string, Model>();
  for (const entry of data.map(objectOf)) {
    const id = textOf(entry["id"]);
    if (id === undefined || models.has(id)) continue;
    const name = textOf(entry["name"]);
    const vendor = textOf(entry["vendor"]);
    const endpoints = entry["supported_endpoints"];
    models.set(id, {
      id,
      ...(name === undefined ? {} : { name }),
      ...(vendor === undefined ? {} : { vendor }),
      ...(Array.isArray(endpoints)
        ? { endpoints: endpoints.filter((path) => typeof path === "string") }
        : {}),
    });
  }
  return [...models.values()];
}
