import type { Model, TokenManager } from "@tokenflow/core";
import type { SetupModels } from "../monitor/setup-lines.ts";
import { createModelCatalogs } from "../routing/model-catalogs.ts";

/** How long the start waits for the catalog, in milliseconds. */
const TIMEOUT = 1_000;
/** The lines are copied into a shell. */
const PLAIN = /^[\w.:@/-]+$/;
/** The states in which a token costs no sign-in. */
const SIGNED_IN: ReadonlySet<string> = new Set(["valid", "due", "expired"]);

/** Returns a model for each API that a client of the lines speaks, as far as the session's catalog tells. */
export async function readSetupModels(manager: TokenManager | undefined): Promise<SetupModels> {
  const { upstream } = manager?.provider ?? {};
  if (!manager || !upstream?.models) return {};
  try {
    if (!SIGNED_IN.has((await manager.status()).state)) return {};
    const models = await createModelCatalogs().modelsOf(manager, AbortSignal.timeout(TIMEOUT));
    const of = (path: string, ...names: readonly RegExp[]): string | undefined => {
      const own = upstream.paths?.[path] ?? path;
      return best(
        (models ?? []).filter((model) => isServed(model, own)),
        names,
      );
    };
    return {
      responses: of("/responses", /codex(?!.*mini)/, /^gpt/),
      chat: of("/chat/completions", /^claude-sonnet/, /^gpt/),
    };
  } catch {
    // Only a name is missing in the lines.
    return {};
  }
}

function isServed({ id, endpoints, enabled, kind }: Model, path: string): boolean {
  return PLAIN.test(id) && enabled !== false && kind !== "embeddings" && endpoints?.includes(path) === true;
}

function best(models: readonly Model[], names: readonly RegExp[]): string | undefined {
  const fitting = names.map((name) => models.find(({ id }) => name.test(id)));
  return (fitting.find((model) => model) ?? models[0])?.id;
}
