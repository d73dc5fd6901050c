import { join } from "node:path";
import type { Edit } from "../clients/client.ts";
import { inlineToml } from "../clients/codex.ts";
import { requireApi, type Tool, tokenCommand } from "./tool.ts";

/** How often the two agents ask again. `tokenflow token` refreshes by itself, so this is only the delay of a change. */
const ASK_AGAIN = 300_000;

/** https://developers.openai.com/codex/config-advanced: `auth` runs a command that prints the token. */
export const codexWithToken: Tool = {
  title: "Codex",
  where: "# In your shell; to save it in Codex's own file: tokenflow setup codex <provider> --write",
  settings(target, { env, home }) {
    const [command = "", ...args] = tokenCommand(target);
    const provider = {
      name: target.provider,
      base_url: requireApi(target, "codex"),
      wire_api: "responses",
      auth: { command, args, timeout_ms: 30_000, refresh_interval_ms: ASK_AGAIN },
    };
    const name = target.provider.replaceAll(":", "-");
    return {
      command: [
        "codex",
        "-c",
        `model_provider=${name}`,
        "-c",
        `model_providers.${name}=${inlineToml(provider)}`,
      ],
      files: [
        {
          path: join(env["CODEX_HOME"] || join(home, ".codex"), "config.toml"),
          format: "toml",
          edits: [
            { path: ["model_provider"], value: name },
            { path: ["model_providers", name], value: provider },
          ],
        },
      ],
    };
  },
};

/** https://code.claude.com/docs/en/settings and /en/mcp: `apiKeyHelper` for models, `headersHelper` for MCP servers. */
export const claudeCodeWithToken: Tool = {
  title: "Claude Code",
  where:
    "# In ~/.claude/settings.json, and MCP servers in ~/.claude.json; or: tokenflow setup claude-code <provider> --write",
  settings(target, { env, home }) {
    const folder = env["CLAUDE_CONFIG_DIR"];
    const helper = tokenCommand(target).join(" ");
    if (target.mcp !== undefined) {
      const server = {
        type: "http",
        url: target.mcp,
        headersHelper: tokenCommand(target, "headers-json").join(" "),
      };
      const edit: Edit = { path: ["mcpServers", target.provider], value: server };
      return {
        text: JSON.stringify({ mcpServers: { [target.provider]: server } }, undefined, 2),
        files: [{ path: join(folder || home, ".claude.json"), format: "json", edits: [edit] }],
      };
    }
    const variables = {
      ANTHROPIC_BASE_URL: requireApi(target, "claude-code"),
      CLAUDE_CODE_API_KEY_HELPER_TTL_MS: String(ASK_AGAIN),
    };
    return {
      text: JSON.stringify({ apiKeyHelper: helper, env: variables }, undefined, 2),
      files: [
        {
          path: join(folder || join(home, ".claude"), "settings.json"),
          format: "json",
          edits: [
            { path: ["apiKeyHelper"], value: helper },
            // A token of the environment would win.
            { path: ["env", "ANTHROPIC_AUTH_TOKEN"], value: undefined },
            ...Object.entries(variables).map(([name, value]) => ({ path: ["env", name], value })),
          ],
        },
      ],
    };
  },
};
