import { claudeModels } from "./exec-environment.ts";

/** A proxy that runs, and what a client shall use of it. */
export interface ClientTarget {
  readonly url: string;
  /** Whether the proxy wants a key. It is never shown: settings name the variable that holds it. */
  readonly hasKey: boolean;
  /** What the proxy serves; at least one. */
  readonly models: readonly string[];
  /** Chosen by the person. */
  readonly model?: string | undefined;
}

/** How one client is pointed at the proxy. */
export interface ClientSettings {
  /** Where the settings go, in one line. */
  readonly where: string;
  settings(target: ClientTarget): string;
}

const KEY = "TOKENFLOW_PROXY_KEY";
const CLAUDE = /claude/;
const EMBEDDING = /embed/;

/** Every client that is known here, in the form that its own documentation gives. */
export const CLIENTS: Readonly<Record<string, ClientSettings>> = {
  // https://code.claude.com/docs/en/llm-gateway: the address without /v1; a bearer key in ANTHROPIC_AUTH_TOKEN,
  // over which ANTHROPIC_API_KEY wins unless it is unset
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
  // https://developers.openai.com/codex/config-reference: wire_api knows "responses" alone; the key is named by
  // env_key and left out where none is wanted
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
  // The readme of the openai package: both variables are read where the constructor is given neither
  openai: {
    where: "# In your shell; new OpenAI() then needs no argument",
    settings: (target) =>
      [
        ...exports({ OPENAI_BASE_URL: `${target.url}/v1`, OPENAI_API_KEY: shellKey(target) }),
        `# Models: ${chatModels(target).join(", ")}`,
      ].join("\n"),
  },
  // The readme of @anthropic-ai/sdk: ANTHROPIC_AUTH_TOKEN is sent as a bearer, ANTHROPIC_API_KEY besides
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

/** What the person chose, else the first model that one of the patterns fits, in their order, else the first. */
function chosen(target: ClientTarget, ...patterns: readonly RegExp[]): string {
  const models = chatModels(target);
  const fitting = patterns.map((pattern) => models.find((id) => pattern.test(id)));
  return target.model ?? fitting.find((id) => id !== undefined) ?? models[0] ?? "";
}

/** Those that answer in words, where there are any. */
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

/** A model's id comes from a server: nothing in it may be a command of the shell's. */
function shellWord(text: string): string {
  if (text === `$${KEY}`) return `"${text}"`;
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
