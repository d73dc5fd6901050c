import type { Client, Settings, Target } from "./client.ts";
import type { Api, ClientModel } from "./read-models.ts";

const CHAT: readonly Api[] = ["chat"];
const CHAT_OR_RESPONSES: readonly Api[] = ["chat", "responses"];
const ALL: readonly Api[] = ["chat", "responses", "messages"];

/** https://aider.chat/docs/llms/openai-compat.html: OPENAI_API_BASE, and openai/ before the model; each option is a variable. */
export const aider: Client = {
  title: "aider",
  apis: CHAT,
  programs: ["aider"],
  where: "# In your shell, before: aider",
  settings: (target) => ({
    variables: {
      OPENAI_API_BASE: `${target.url}/v1`,
      OPENAI_API_KEY: target.key,
      ...aiderVariables(target),
    },
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

/** https://block.github.io/goose/docs/guides/environment-variables */
export const goose: Client = {
  title: "goose",
  apis: CHAT,
  programs: ["goose"],
  where: "# In your shell, before: goose session",
  settings: (target) => ({ variables: { ...gooseVariables(target), OPENAI_API_KEY: target.key } }),
  exec: (target) => ({ variables: gooseVariables(target) }),
};

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

/** Returns the models that one API serves; of those that the catalogue lists nothing about, Claude for Messages. */
function serving({ models }: Target, api: Api): readonly ClientModel[] {
  return models.filter(({ id, apis }) =>
    apis === undefined ? api === (id.includes("claude") ? "messages" : "chat") : apis.includes(api),
  );
}

function comment(call: string, models: readonly ClientModel[]): string {
  return `# ${call}: ${models.map(({ id }) => id).join(", ") || "no model"}`;
}
