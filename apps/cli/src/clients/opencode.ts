import { join } from "node:path";
import { type JsonObject, omitUndefined } from "@tokenflow/core/provider";
import { apiOf, prefer } from "./choose-model.ts";
import type { Client, Settings, Target, ValueEdit } from "./client.ts";
import type { Api, ClientModel } from "./read-models.ts";

/** A provider for each API: opencode chooses the API by the package. */
const PROVIDERS: Readonly<Record<Api, { readonly id: string; readonly npm: string; readonly name: string }>> =
  {
    chat: { id: "tokenflow", npm: "@ai-sdk/openai-compatible", name: "TokenFlow" },
    responses: { id: "tokenflow-responses", npm: "@ai-sdk/openai", name: "TokenFlow (Responses)" },
    messages: { id: "tokenflow-messages", npm: "@ai-sdk/anthropic", name: "TokenFlow (Messages)" },
  };

const APIS: readonly Api[] = ["chat", "messages", "responses"];
const SMALL: readonly RegExp[] = [/mini|nano|flash/, /haiku/, /gpt-4/];

/** Its own variables, for what the settings cannot switch off. */
const PRIVACY: Readonly<Record<string, string>> = {
  OPENCODE_DISABLE_AUTOUPDATE: "true",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "true",
  OPENCODE_DISABLE_MODELS_FETCH: "true",
  OPENCODE_DISABLE_SHARE: "true",
};

/** https://opencode.ai/docs/providers#custom-provider; {env:NAME}: https://opencode.ai/docs/config#env-vars */
export const opencode: Client = {
  title: "opencode",
  apis: APIS,
  programs: ["opencode"],
  packages: ["opencode-ai"],
  where: "// opencode.json, in your project or in ~/.config/opencode",
  settings(target, { env, home }): Settings {
    const edits = opencodeEdits(target);
    const folder = join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "opencode");
    return {
      text: JSON.stringify(asObject(edits), undefined, 2),
      files: [{ path: env["OPENCODE_CONFIG"] || join(folder, "opencode.json"), format: "json", edits }],
      notes: [`To stop requests to other hosts, set in your shell: ${assignments(PRIVACY)}`],
    };
  },
  exec: (target) => ({
    defaults: PRIVACY,
    variables: {
      OPENCODE_CONFIG_CONTENT: JSON.stringify({
        ...asObject(opencodeEdits(target)),
        // Without this list it also offers its own service. `openai` and `anthropic` reach the proxy, too.
        enabled_providers: [...Object.values(PROVIDERS).map(({ id }) => id), "openai", "anthropic"],
      }),
    },
  }),
};

function opencodeEdits(target: Target): readonly ValueEdit[] {
  const { models, url, keyVariable } = target;
  const main = target.model ?? models[0];
  const small = prefer(models, ...SMALL);
  const providers = APIS.flatMap((api): readonly ValueEdit[] => {
    const served = models.filter((model) => apiOf(model, APIS) === api);
    const { id, npm, name } = PROVIDERS[api];
    if (served.length === 0) return [];
    const value = {
      npm,
      name,
      options: {
        baseURL: `${url}/v1`,
        apiKey: keyVariable === undefined ? "unused" : `{env:${keyVariable}}`,
      },
      models: Object.fromEntries(served.map((model) => [model.id, entryOf(model)])),
    };
    return [{ path: ["provider", id], value }];
  });
  return [
    { path: ["$schema"], value: "https://opencode.ai/config.json" },
    ...(main === undefined ? [] : [{ path: ["model"], value: nameOf(main) }]),
    ...(small === undefined ? [] : [{ path: ["small_model"], value: nameOf(small) }]),
    { path: ["share"], value: "disabled" },
    { path: ["autoupdate"], value: false },
    ...providers,
  ];
}

function entryOf({ id, contextWindow, maxInput, maxOutput }: ClientModel): JsonObject {
  const context = contextWindow ?? maxInput;
  const limit =
    context === undefined || maxOutput === undefined
      ? undefined
      : omitUndefined({ context, input: maxInput, output: maxOutput });
  return omitUndefined({ name: id, limit });
}

function nameOf(model: ClientModel): string {
  return `${PROVIDERS[apiOf(model, APIS) ?? "chat"].id}/${model.id}`;
}

/** Returns the object that the edits make of an empty one. */
function asObject(edits: readonly ValueEdit[]): JsonObject {
  const all: Record<string, unknown> = {};
  for (const { path, value } of edits) {
    const [top = "", below] = path;
    const now = all[top];
    all[top] = below === undefined ? value : { ...(typeof now === "object" ? now : {}), [below]: value };
  }
  return all as JsonObject;
}

function assignments(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map((pair) => pair.join("="))
    .join(" ");
}
