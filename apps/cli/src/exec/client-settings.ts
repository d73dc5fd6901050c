import { claudeModels } from "./exec-environment.ts";

/** A running proxy, and the model that a client should use. */
export interface ClientTarget {
  readonly url: string;
  /** True if the proxy requires a key. The key is never shown: settings name the variable that contains it. */
  readonly hasKey: boolean;
  /** The models that the proxy serves; at least one. */
  readonly models: readonly string[];
  /** Chosen by the person. */
  readonly model?: string | undefined;
}

/** The settings that make one client use the proxy. */
export interface ClientSettings {
  /** One line that says where the settings go. */
  readonly where: string;
  settings(target: ClientTarget): string;
}

const KEY = "TOKENFLOW_PROXY_KEY";
const CLAUDE = /claude/;
const EMBEDDING = /embed/;

/** Every known client, with settings in the form of its own documentation. */
export const CLIENTS: Readonly<Record<string, ClientSettings>> = {
  // https://code.claude.com/docs/en/llm-gateway: the address without /v1; a bearer key in ANTHROPIC_AUTH_TOKEN,
  // which ANTHROPIC_API_KEY overrides unless it is unset
  "claude-code": {
    where: "# In your shell, before: claude",
    settings: (target) =>
      [
        "unset ANTHROPIC_API_KEY",
        ...exports({
          ANTHROPIC_BASE_URL: target.url,
          ANTHROPIC_AUTH_TOKEN: shellKey(target),
          ...(target.model === undefined ? {} : { ANTHROPIC_MODEL: target.model }),
          ...claudeModels({}, target.models),
        }),
      ].join("\n"),
  },
  // https://developers.openai.com/codex/config-reference: wire_api accepts only "responses"; env_key names the
  // variable of the key, and is omitted if the proxy requires none
  codex: {
    where: "# ~/.codex/config.toml",
    settings: (target) =>
      [
        `model = ${JSON.stringify(chosen(target, /codex/, /^gpt/))}`,
        'model_provider = "tokenflow"',
        "",
        "[model_providers.tokenflow]",
        'name = "TokenFlow"',
        `base_url = "${target.url}/v1"`,
        'wire_api = "responses"',
        ...(target.hasKey ? [`env_key = "${KEY}"`] : []),
      ].join("\n"),
  },
  // https://opencode.ai/docs/providers#custom-provider; {env:NAME}: https://opencode.ai/docs/config#env-vars
  opencode: {
    where: "// opencode.json, in your project or in ~/.config/opencode",
    settings: (target) =>
      JSON.stringify(
        {
          $schema: "https://opencode.ai/config.json",
          model: `tokenflow/${chosen(target)}`,
          provider: {
            tokenflow: {
              npm: "@ai-sdk/openai-compatible",
              name: "TokenFlow",
              options: {
                baseURL: `${target.url}/v1`,
                apiKey: target.hasKey ? `{env:${KEY}}` : "unused",
              },
              models: Object.fromEntries(chatModels(target).map((id) => [id, { name: id }])),
            },
          },
        },
        undefined,
        2,
      ),
  },
  // https://aider.chat/docs/llms/openai-compat.html: OPENAI_API_BASE, and openai/ before the model
  aider: {
    where: "# In your shell",
    settings: (target) =>
      [
        ...exports({ OPENAI_API_BASE: `${target.url}/v1`, OPENAI_API_KEY: shellKey(target) }),
        `aider --model ${shellWord(`openai/${chosen(target)}`)}`,
      ].join("\n"),
  },
  // README of the openai package: both variables are read if the constructor gets neither option
  openai: {
    where: "# In your shell; new OpenAI() then needs no argument",
    settings: (target) =>
      [
        ...exports({ OPENAI_BASE_URL: `${target.url}/v1`, OPENAI_API_KEY: shellKey(target) }),
        `# Models: ${chatModels(target).join(", ")}`,
      ].join("\n"),
  },
  // README of @anthropic-ai/sdk: ANTHROPIC_AUTH_TOKEN is sent as a bearer token, and ANTHROPIC_API_KEY in addition
  anthropic: {
    where: "# In your shell; new Anthropic() then needs no argument",
    settings: (target) =>
      [
        "unset ANTHROPIC_API_KEY",
        ...exports({ ANTHROPIC_BASE_URL: target.url, ANTHROPIC_AUTH_TOKEN: shellKey(target) }),
        `# Models: ${preferred(chatModels(target), CLAUDE).join(", ")}`,
      ].join("\n"),
  },
};

/** Returns the chosen model, else the first one that matches the earliest pattern, else the first one. */
function chosen(target: ClientTarget, ...patterns: readonly RegExp[]): string {
  const models = chatModels(target);
  const fitting = patterns.map((pattern) => models.find((id) => pattern.test(id)));
  return target.model ?? fitting.find((id) => id !== undefined) ?? models[0] ?? "";
}

/** Leaves out embedding models, unless there are no others. */
function chatModels({ models }: ClientTarget): readonly string[] {
  const chat = models.filter((id) => !EMBEDDING.test(id));
  return chat.length > 0 ? chat : models;
}

function preferred(models: readonly string[], pattern: RegExp): readonly string[] {
  const fitting = models.filter((id) => pattern.test(id));
  return fitting.length > 0 ? fitting : models;
}

function shellKey({ hasKey }: ClientTarget): string {
  return hasKey ? `$${KEY}` : "unused";
}

function exports(variables: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) => `export ${name}=${shellWord(value)}`);
}

/** Quotes text for a shell: a model's id comes from a server and must not run as a command. */
function shellWord(text: string): string {
  if (text === `$${KEY}`) return `"${text}"`;
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
