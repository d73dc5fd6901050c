import { join } from "node:path";
import { type JsonObject, omitUndefined } from "@tokenflow/core/provider";
import { apiOf } from "./choose-model.ts";
import type { Client, Settings, Target } from "./client.ts";
import type { Api, ClientModel } from "./read-models.ts";

const CHAT: readonly Api[] = ["chat"];
const CHAT_OR_RESPONSES: readonly Api[] = ["chat", "responses"];
const CHAT_OR_MESSAGES: readonly Api[] = ["chat", "messages"];

/** README of crush, "Custom Providers" and "Metrics"; `$NAME` is expanded. */
export const crush: Client = {
  title: "Crush",
  apis: CHAT,
  programs: ["crush"],
  packages: ["@charmland/crush"],
  where: "// ~/.config/crush/crush.json",
  elsewhere: "Crush reads the address of a provider from its settings alone",
  settings(target, { env, home }): Settings {
    const { url, keyVariable, models } = target;
    const main = target.model ?? models[0];
    const provider = {
      type: "openai-compat",
      name: "TokenFlow",
      base_url: `${url}/v1`,
      api_key: keyVariable === undefined ? "unused" : `$${keyVariable}`,
      models: models.map(({ id, maxInput, contextWindow, maxOutput, reasoning, vision }) =>
        omitUndefined({
          id,
          name: id,
          context_window: maxInput ?? contextWindow,
          default_max_tokens: maxOutput,
          can_reason: reasoning,
          supports_attachments: vision,
        }),
      ),
    };
    const size = main === undefined ? {} : { provider: "tokenflow", model: main.id };
    const options = { disable_metrics: true, disable_provider_auto_update: true };
    const path = join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "crush/crush.json");
    return {
      text: json({
        providers: { tokenflow: provider },
        models: { large: size, small: size },
        options,
      }),
      files: [
        {
          path,
          format: "json",
          edits: [
            { path: ["providers", "tokenflow"], value: provider },
            { path: ["models", "large"], value: size },
            { path: ["models", "small"], value: size },
            ...Object.entries(options).map(([name, value]) => ({ path: ["options", name], value })),
          ],
        },
      ],
    };
  },
};

/** https://zed.dev/docs/ai/llm-providers: the key is a variable that is named for the provider. */
export const zed: Client = {
  title: "Zed",
  apis: CHAT_OR_RESPONSES,
  programs: ["zed", "zeditor"],
  where: "// Zed's settings.json, and TOKENFLOW_API_KEY in its environment",
  elsewhere: "Zed reads the address of a provider from its settings alone",
  settings(target, { env, home }): Settings {
    const { url, models, keyVariable } = target;
    const main = target.model ?? models[0];
    const provider = {
      api_url: `${url}/v1`,
      available_models: models.map((model) => {
        const { id, maxInput, contextWindow, maxOutput, vision = false } = model;
        return omitUndefined({
          name: id,
          display_name: id,
          max_tokens: maxInput ?? contextWindow ?? 128_000,
          max_output_tokens: maxOutput,
          capabilities: {
            tools: true,
            images: vision,
            parallel_tool_calls: true,
            prompt_cache_key: false,
            chat_completions: apiOf(model, CHAT_OR_RESPONSES) === "chat",
          },
        });
      }),
    };
    const model = main === undefined ? {} : { provider: "TokenFlow", model: main.id };
    const telemetry = { diagnostics: false, metrics: false };
    return {
      text: json({
        language_models: { openai_compatible: { TokenFlow: provider } },
        agent: { default_model: model },
        telemetry,
      }),
      files: [
        {
          path: join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "zed/settings.json"),
          format: "json",
          edits: [
            { path: ["language_models", "openai_compatible", "TokenFlow"], value: provider },
            { path: ["agent", "default_model"], value: model },
            ...Object.entries(telemetry).map(([name, value]) => ({ path: ["telemetry", name], value })),
          ],
        },
      ],
      notes: [
        `Start Zed with TOKENFLOW_API_KEY=${keyVariable === undefined ? "unused" : `"$${keyVariable}"`} in its environment.`,
      ],
    };
  },
};

/** https://docs.continue.dev/reference; secrets: `${{ secrets.NAME }}` is read from ~/.continue/.env. */
export const continueDev: Client = {
  title: "Continue",
  apis: CHAT_OR_MESSAGES,
  programs: ["cn"],
  packages: ["@continuedev/cli"],
  where: "# ~/.continue/config.yaml",
  elsewhere: "Continue reads the address of a model from its settings alone",
  settings(target, { home }): Settings {
    const { keyVariable } = target;
    const models = target.models.map((model) => continueModel(model, target));
    return {
      files: [
        {
          path: join(home, ".continue/config.yaml"),
          format: "yaml",
          edits: [
            ...Object.entries({ name: "TokenFlow", version: "1.0.0", schema: "v1" }).map(
              ([name, byDefault]) => ({ path: [name], byDefault }),
            ),
            { path: ["models"], items: models, by: "name" },
          ],
        },
      ],
      text: [
        "name: TokenFlow",
        "version: 1.0.0",
        "schema: v1",
        "models:",
        // JSON in one line is YAML as well.
        ...models.map((model) => `  - ${JSON.stringify(model)}`),
      ].join("\n"),
      notes: [
        ...(keyVariable === undefined
          ? []
          : [`Write ${keyVariable}=<the key> into ~/.continue/.env, from where Continue reads it.`]),
        "Set CONTINUE_TELEMETRY_ENABLED=0 for cn; in an editor, switch telemetry off in Continue's settings.",
      ],
    };
  },
};

function continueModel(model: ClientModel, { url, keyVariable }: Target): JsonObject {
  const { id, maxInput, contextWindow, maxOutput } = model;
  const isMessages = apiOf(model, CHAT_OR_MESSAGES) === "messages";
  return {
    name: id,
    provider: isMessages ? "anthropic" : "openai",
    model: id,
    apiBase: `${url}/v1`,
    apiKey: keyVariable === undefined ? "unused" : `\${{ secrets.${keyVariable} }}`,
    capabilities: ["tool_use"],
    defaultCompletionOptions: omitUndefined({
      contextLength: maxInput ?? contextWindow,
      maxTokens: maxOutput,
    }),
  };
}

/** `cline auth --help`. It stores the key in its own file. */
export const cline: Client = {
  title: "Cline",
  apis: CHAT,
  programs: ["cline"],
  packages: ["cline"],
  where: "# In your shell, once",
  elsewhere: "Cline reads the address of a provider from its settings alone",
  settings({ url, key, model, models }): Settings {
    const main = model ?? models[0];
    const words = ["cline", "auth", "-p", "openai-compatible", "-b", `${url}/v1`, "-k", key];
    return {
      command: [...words, ...(main === undefined ? [] : ["-m", main.id])],
      notes: ["Cline sends telemetry to data.cline.bot and otel.cline.bot; switch it off in its settings."],
    };
  },
};

function json(value: JsonObject): string {
  return JSON.stringify(value, undefined, 2);
}
