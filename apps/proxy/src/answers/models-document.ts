import type { IncomingHttpHeaders } from "node:http";
import { type JsonObject, omitUndefined } from "@tokenflow/core/provider";

/** The shape in which a client expects a list of models. */
export type ListDialect = "openai" | "anthropic" | "codex";

/** A model as its upstream lists it, under the name that selects it here. */
export interface ListedModel {
  readonly entry: JsonObject & { readonly id: string };
  /** False if its upstream says that it does not serve the model on Anthropic's path. */
  readonly servesMessages: boolean;
  /** True if a call on Anthropic's path is translated for it. */
  readonly translatesMessages: boolean;
}

/** Anthropic's SDKs name their API's version, and Codex names itself in the query. */
export function listDialectOf(headers: IncomingHttpHeaders, query: string): ListDialect {
  if (headers["anthropic-version"] !== undefined) return "anthropic";
  return /[?&]client_version=/.test(query) ? "codex" : "openai";
}

/**
 * Builds the whole list. There is never a second page.
 * @param translates true if calls are translated
 */
export function modelsDocument(
  models: readonly ListedModel[],
  dialect: ListDialect,
  translates: boolean,
): object {
  if (dialect === "anthropic") {
    const native = models.filter(({ servesMessages }) => servesMessages);
    const translated = models.filter((model) => !model.servesMessages && model.translatesMessages);
    const data = [...native, ...(translates ? translated : [])].map(anthropicModel);
    return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
  }
  const list = { object: "list", data: models.map(({ entry }) => entry) };
  // Codex needs the member. An entry would have to bring the instructions for the model, which are Codex's own: with
  // none it uses those that it has.
  return dialect === "codex" ? { ...list, models: [] } : list;
}

/** Builds one model of the list. */
export function modelDocument(model: ListedModel, dialect: ListDialect): object {
  return dialect === "anthropic" ? anthropicModel(model) : omitUndefined({ object: "model", ...model.entry });
}

/** Release dates are unknown, for which Anthropic's API sets the epoch. Its names have no dots. */
function anthropicModel({ entry }: ListedModel): { readonly id: string } & Readonly<Record<string, unknown>> {
  const { id, name } = entry;
  return {
    type: "model",
    id: anthropicName(id),
    display_name: typeof name === "string" ? name : id,
    created_at: "1970-01-01T00:00:00Z",
  };
}

/** Claude Code reads `claude-opus-4.7` as Claude Opus 4. The proxy finds the model by both names. */
function anthropicName(id: string): string {
  return id.startsWith("claude-") ? id.replaceAll(/(?<=\d)\.(?=\d)/g, "-") : id;
}
