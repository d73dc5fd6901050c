import { join } from "node:path";
import type { JsonValue } from "@tokenflow/core/provider";
import { prefer } from "./choose-model.ts";
import type { Client, Settings, Target } from "./client.ts";

/**
 * https://developers.openai.com/codex/config-reference: wire_api accepts only "responses"; env_key names the variable
 * of the key, and is omitted if the proxy requires none. Codex no longer reads OPENAI_BASE_URL.
 */
export const codex: Client = {
  title: "Codex",
  apis: ["responses"],
  programs: ["codex"],
  packages: ["@openai/codex"],
  where: "# In your shell; to save it in Codex's own file: tokenflow setup codex --write",
  settings(target, { env, home }): Settings {
    const edits = codexEdits(target);
    return {
      command: ["codex", ...edits.flatMap(flag)],
      files: [
        { path: join(env["CODEX_HOME"] || join(home, ".codex"), "config.toml"), format: "toml", edits },
      ],
    };
  },
  exec: (target) => ({ args: codexEdits(target).flatMap(flag) }),
};

interface CodexEdit {
  readonly path: readonly string[];
  readonly value: JsonValue;
}

function codexEdits(target: Target): readonly CodexEdit[] {
  const { url, keyVariable, models } = target;
  const model = target.model ?? prefer(models, /codex(?!.*mini)/, /^gpt/);
  const window = model?.maxInput ?? model?.contextWindow;
  const provider: Readonly<Record<string, string>> = {
    name: "TokenFlow",
    base_url: `${url}/v1`,
    wire_api: "responses",
    ...(keyVariable === undefined ? {} : { env_key: keyVariable }),
  };
  return [
    ...(model === undefined ? [] : [{ path: ["model"], value: model.id }]),
    // Codex knows the windows of its own names alone.
    ...(window === undefined ? [] : [{ path: ["model_context_window"], value: window }]),
    { path: ["model_provider"], value: "tokenflow" },
    { path: ["model_providers", "tokenflow"], value: provider },
    // Search, apps and plugins are services of OpenAI; the rest is telemetry and the look for updates.
    { path: ["web_search"], value: "disabled" },
    { path: ["features", "apps"], value: false },
    { path: ["features", "plugins"], value: false },
    { path: ["analytics", "enabled"], value: false },
    { path: ["feedback", "enabled"], value: false },
    { path: ["check_for_update_on_startup"], value: false },
  ];
}

/** Returns an edit as Codex's flag, whose value is TOML. */
function flag({ path, value }: CodexEdit): readonly string[] {
  return ["-c", `${path.join(".")}=${inlineToml(value)}`];
}

/** Writes a value as TOML in one line. JSON's strings are TOML's as well, but for one character. */
export function inlineToml(value: JsonValue): string {
  if (typeof value === "string") return JSON.stringify(value).replaceAll("\u007F", "\\u007F");
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(inlineToml).join(",")}]`;
  const members = Object.entries(value).map(([name, member]) => `${name}=${inlineToml(member)}`);
  return `{${members.join(",")}}`;
}
