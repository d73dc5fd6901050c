import { join } from "node:path";
import { dashed, newestOf, smallest, usableBy } from "./choose-model.ts";
import type { Client, Settings } from "./client.ts";
import type { ClientModel } from "./read-models.ts";

/** The families that Claude Code asks for by name, and which take their place if the catalogue lacks them. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  OPUS: ["opus", "sonnet", "haiku"],
  SONNET: ["sonnet", "opus", "haiku"],
  HAIKU: ["haiku", "sonnet", "opus"],
  FABLE: ["fable", "opus", "sonnet", "haiku"],
};

const MILLION = 1_000_000;

/** Stops updates, telemetry, error reports and feedback. */
const PRIVACY: Readonly<Record<string, string>> = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" };

/** https://code.claude.com/docs/en/llm-gateway, /en/env-vars and /en/settings */
export const claudeCode: Client = {
  title: "Claude Code",
  apis: ["messages"],
  programs: ["claude"],
  packages: ["@anthropic-ai/claude-code"],
  where: "# In your shell, before: claude",
  settings(target, { env, home }): Settings {
    const { url, key, keyVariable } = target;
    const variables = {
      ANTHROPIC_BASE_URL: url,
      ...claudeVariables(target.models, target.model),
    };
    const folder = env["CLAUDE_CONFIG_DIR"] || join(home, ".claude");
    return {
      unset: ["ANTHROPIC_API_KEY"],
      variables: { ANTHROPIC_AUTH_TOKEN: key, ...variables },
      files: [
        {
          path: join(folder, "settings.json"),
          format: "json",
          edits: [
            // A settings file expands no variables, but runs a helper that prints the key. A token would override it.
            ...(keyVariable === undefined
              ? [{ path: ["env", "ANTHROPIC_AUTH_TOKEN"], value: key }]
              : [
                  { path: ["env", "ANTHROPIC_AUTH_TOKEN"], value: undefined },
                  { path: ["apiKeyHelper"], value: `printenv ${keyVariable}` },
                ]),
            ...Object.entries(variables).map(([name, value]) => ({ path: ["env", name], value })),
            // Otherwise the host of each page that it fetches is sent to Anthropic first.
            { path: ["skipWebFetchPreflight"], value: true },
          ],
        },
      ],
    };
  },
};

/**
 * Returns the variables that make Claude Code use these models. Names have dashes: older versions read
 * `claude-opus-4.7` as Opus 4, and the proxy knows both spellings.
 */
export function claudeVariables(
  all: readonly ClientModel[],
  chosen?: ClientModel,
): Readonly<Record<string, string>> {
  const models = usableBy(all, claudeCode.apis);
  const used = Object.entries(FAMILIES).flatMap(([family, places]) => {
    // Without any of its families it would ask for names that the service does not know.
    const best =
      places.map((place) => newestOf(models, place)).find((model) => model !== undefined) ?? models[0];
    return best === undefined ? [] : ([[family, best]] as const);
  });
  // Haiku does small work beside the conversation: its limits are not the conversation's.
  const main = [...used.filter(([family]) => family !== "HAIKU").map(([, model]) => model)];
  const talking = chosen === undefined ? main : [...main, chosen];
  const maxInput = smallest(talking.map((model) => model.maxInput ?? model.contextWindow));
  const maxOutput = smallest(talking.map((model) => model.maxOutput));
  const windows = talking.flatMap(({ contextWindow }) => contextWindow ?? []);
  return {
    ...(chosen === undefined ? {} : { ANTHROPIC_MODEL: dashed(chosen.id) }),
    ...Object.fromEntries(
      used.map(([family, model]) => [`ANTHROPIC_DEFAULT_${family}_MODEL`, dashed(model.id)]),
    ),
    ...(windows.length > 0 && windows.every((window) => window < MILLION)
      ? { CLAUDE_CODE_DISABLE_1M_CONTEXT: "1" }
      : {}),
    ...(maxInput === undefined ? {} : { CLAUDE_CODE_AUTO_COMPACT_WINDOW: String(maxInput) }),
    ...(maxOutput === undefined ? {} : { CLAUDE_CODE_MAX_OUTPUT_TOKENS: String(maxOutput) }),
    ...PRIVACY,
  };
}
