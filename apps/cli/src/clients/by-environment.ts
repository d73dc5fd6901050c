import { join } from "node:path";
import type { JsonValue } from "@tokenflow/core/provider";
import type { Client, Places, Settings, Target, ValueEdit } from "./client.ts";
import type { Api, ClientModel } from "./read-models.ts";

const CHAT: readonly Api[] = ["chat"];
const CHAT_OR_RESPONSES: readonly Api[] = ["chat", "responses"];
const ALL: readonly Api[] = ["chat", "responses", "messages"];

/** https://aider.chat/docs/llms/openai-compat.html: OPENAI_API_BASE, and openai/ before the model; each option is a variable. */
export const aider: Client = {
  title: "aider",
  apis: CHAT,
  programs: ["aider"],
  where: "# In your shell, before: aider; to save it in aider's own file: tokenflow setup aider --write",
  settings: (target, { home }) => ({
    variables: {
      OPENAI_API_BASE: `${target.url}/v1`,
      OPENAI_API_KEY: target.key,
      ...aiderVariables(target),
    },
    files: [{ path: join(home, ".aider.conf.yml"), format: "yaml", edits: aiderEdits(target) }],
    notes: keyNote("aider", target),
  }),
  // A model of Anthropic, which the person may name, goes to the proxy as well.
  exec: (target) => ({ variables: { ...aiderVariables(target), ANTHROPIC_API_BASE: target.url } }),
};

function aiderVariables({ model, models }: Target): Readonly<Record<string, string>> {
  const main = model ?? models[0];
  return {
    ...(main === undefined ? {} : { AIDER_MODEL: `openai/${main.id}` }),
    AIDER_ANALYTICS: "false",
    AIDER_CHECK_UPDATE: "false",
    // Its table of models is a file of another project, which it loads from the network.
    AIDER_SHOW_MODEL_WARNINGS: "false",
  };
}

/** https://aider.chat/docs/config/aider_conf.html: the same options, in a file. */
function aiderEdits(target: Target): readonly ValueEdit[] {
  const { url, keyVariable, model, models } = target;
  const main = model ?? models[0];
  const options: Readonly<Record<string, JsonValue>> = {
    ...(main === undefined ? {} : { model: `openai/${main.id}` }),
    "openai-api-base": `${url}/v1`,
    // A key stays in its variable.
    ...(keyVariable === undefined ? { "openai-api-key": target.key } : {}),
    analytics: false,
    "check-update": false,
    "show-model-warnings": false,
  };
  return Object.entries(options).map(([name, value]) => ({ path: [name], value }));
}

/** Says where a client that has no variables in its file gets the key from. */
function keyNote(program: string, { keyVariable }: Target): readonly string[] {
  return keyVariable === undefined
    ? []
    : [
        `Start ${program} with OPENAI_API_KEY="$${keyVariable}" in its environment; its file does not hold the key.`,
      ];
}

/** https://block.github.io/goose/docs/guides/environment-variables */
export const goose: Client = {
  title: "goose",
  apis: CHAT,
  programs: ["goose"],
  where:
    "# In your shell, before: goose session; to save it in goose's own file: tokenflow setup goose --write",
  settings: (target, { env, home }) => ({
    variables: { ...gooseVariables(target), OPENAI_API_KEY: target.key },
    files: [{ path: gooseFile(env, home), format: "yaml", edits: gooseEdits(target) }],
    notes:
      target.keyVariable === undefined
        ? ["With the settings in its file, start goose with OPENAI_API_KEY=unused in its environment."]
        : keyNote("goose", target),
  }),
  exec: (target) => ({ variables: gooseVariables(target) }),
};

/** https://block.github.io/goose/docs/guides/config-files: the settings at the root of the file have the variables' names. */
function gooseEdits(target: Target): readonly ValueEdit[] {
  const { GOOSE_TELEMETRY_OFF: _off, ...settings } = gooseVariables(target);
  const values: Readonly<Record<string, JsonValue>> = { ...settings, GOOSE_TELEMETRY_ENABLED: false };
  return Object.entries(values).map(([name, value]) => ({
    path: [name],
    value: typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value,
  }));
}

function gooseFile(env: Places["env"], home: string): string {
  const roaming = process.platform === "win32" ? env["APPDATA"] : undefined;
  return roaming
    ? join(roaming, "Block/goose/config/config.yaml")
    : join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "goose/config.yaml");
}

function gooseVariables({ url, model, models }: Target): Readonly<Record<string, string>> {
  const main = model ?? models[0];
  const window = main?.maxInput ?? main?.contextWindow;
  return {
    GOOSE_PROVIDER: "openai",
    ...(main === undefined ? {} : { GOOSE_MODEL: main.id }),
    ...(window === undefined ? {} : { GOOSE_CONTEXT_LIMIT: String(window) }),
    ...(main?.maxOutput === undefined ? {} : { GOOSE_MAX_TOKENS: String(main.maxOutput) }),
    OPENAI_HOST: url,
    OPENAI_BASE_PATH: "v1/chat/completions",
    GOOSE_TELEMETRY_OFF: "1",
  };
}

/** README of the openai package: both variables are read if the constructor gets neither option. */
export const openai: Client = {
  title: "openai",
  apis: CHAT_OR_RESPONSES,
  where: "# In your shell; new OpenAI() then needs no argument",
  settings: (target) => ({
    variables: { OPENAI_BASE_URL: `${target.url}/v1`, OPENAI_API_KEY: target.key },
    text: [
      comment("client.chat.completions", serving(target, "chat")),
      comment("client.responses", serving(target, "responses")),
    ].join("\n"),
  }),
};

/** README of @anthropic-ai/sdk: ANTHROPIC_AUTH_TOKEN is sent as a bearer token, and ANTHROPIC_API_KEY in addition. */
export const anthropic: Client = {
  title: "@anthropic-ai/sdk",
  apis: ["messages"],
  where: "# In your shell; new Anthropic() then needs no argument",
  settings: (target) => ({
    unset: ["ANTHROPIC_API_KEY"],
    variables: { ANTHROPIC_BASE_URL: target.url, ANTHROPIC_AUTH_TOKEN: target.key },
    text: comment("client.messages", serving(target, "messages")),
  }),
};

/** https://ai-sdk.dev/providers: `openai("…")` means Responses, and its address of Anthropic ends in /v1. */
export const ai: Client = {
  title: "ai",
  apis: ALL,
  where: "# In your shell; openai and anthropic of @ai-sdk then need no other setting",
  settings: (target) => ({
    variables: {
      OPENAI_BASE_URL: `${target.url}/v1`,
      OPENAI_API_KEY: target.key,
      ANTHROPIC_BASE_URL: `${target.url}/v1`,
      ANTHROPIC_API_KEY: target.key,
    },
    text: [
      comment("openai.chat(…)", serving(target, "chat")),
      comment("openai(…)", serving(target, "responses")),
      comment("anthropic(…)", serving(target, "messages")),
    ].join("\n"),
  }),
};

/** README of @langchain/openai and @langchain/anthropic: both read the variables of the SDKs below them. */
export const langchain: Client = {
  title: "langchain",
  apis: ALL,
  where: "# In your shell; ChatOpenAI and ChatAnthropic then need only a model",
  settings: (target): Settings => ({
    variables: {
      OPENAI_BASE_URL: `${target.url}/v1`,
      OPENAI_API_KEY: target.key,
      ANTHROPIC_BASE_URL: target.url,
      ANTHROPIC_API_KEY: target.key,
      LANGSMITH_TRACING: "false",
    },
    text: [
      comment("new ChatOpenAI({ model })", serving(target, "chat")),
      comment("new ChatOpenAI({ model, useResponsesApi: true })", serving(target, "responses")),
      comment("new ChatAnthropic({ model })", serving(target, "messages")),
    ].join("\n"),
  }),
};

/**
 * Returns the models that one API serves, those that need no translation first; of models that the catalogue lists
 * nothing about, Claude for Messages.
 */
function serving({ models }: Target, api: Api): readonly ClientModel[] {
  const isNative = ({ id, apis }: ClientModel): boolean =>
    apis === undefined ? api === (id.includes("claude") ? "messages" : "chat") : apis.includes(api);
  const translated = models.filter((model) => model.translated && !isNative(model));
  return [...models.filter(isNative), ...translated];
}

function comment(call: string, models: readonly ClientModel[]): string {
  return `# ${call}: ${models.map(({ id }) => id).join(", ") || "no model"}`;
}
