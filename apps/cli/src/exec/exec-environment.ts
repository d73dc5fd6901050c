import { secretVariables } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { claudeVariables } from "../clients/claude-code.ts";
import type { ClientModel } from "../clients/read-models.ts";
import type { ClientStart } from "./client-start.ts";

type Environment = Context["env"];

/** The private proxy, as the child reaches it. */
interface Access {
  readonly url: string;
  readonly key: string;
  /** The models that the proxy serves. */
  readonly models: readonly ClientModel[];
  /** Variables that the client needs besides. */
  readonly start: Pick<ClientStart, "variables" | "defaults" | "setsAnthropicKey">;
}

/**
 * Variables that make a client bypass the proxy: other keys, and switches to other clouds.
 * https://code.claude.com/docs/en/env-vars, and the README of the openai package
 */
const COMPETING: readonly string[] = [
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_CUSTOM_HEADERS",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "CLAUDE_CODE_USE_BEDROCK",
  "CLAUDE_CODE_USE_FOUNDRY",
  "CLAUDE_CODE_USE_VERTEX",
  "OPENAI_ORG_ID",
  "OPENAI_PROJECT_ID",
  "OPENCODE_CONFIG_CONTENT",
];

const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "::1"];

/** Returns the environment of a program that reaches its API only through the proxy, and the names that were removed. */
export function execEnvironment(
  env: Environment,
  { url, key, models, start }: Access,
): { readonly env: Record<string, string>; readonly removed: readonly string[] } {
  const competing = COMPETING.filter((name) => env[name] !== undefined);
  const removed = [...competing, ...secretVariables(env)];
  const kept = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !removed.includes(pair[0]),
  );
  const defaults = Object.entries({ ...claudeVariables(models), ...start.defaults });
  return {
    env: {
      ...Object.fromEntries(defaults.filter(([name]) => !env[name])),
      ...Object.fromEntries(kept),
      ...noProxy(env),
      OPENAI_BASE_URL: `${url}/v1`,
      // The older name, which aider still reads.
      OPENAI_API_BASE: `${url}/v1`,
      OPENAI_API_KEY: key,
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: key,
      // Some clients know only this one. Claude Code would ask whether to use it.
      ...(start.setsAnthropicKey ? { ANTHROPIC_API_KEY: key } : {}),
      ...start.variables,
    },
    removed,
  };
}

/**
 * Excludes our own proxy from the outbound proxies of the environment. A list with `*` excludes every host already, and
 * stays as it is: curl and Python know the `*` only alone.
 */
function noProxy(env: Environment): Record<string, string> {
  const proxies = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
  if (proxies.every((name) => !env[name])) return {};
  const list = env["no_proxy"] || env["NO_PROXY"] || "";
  const isAll = list.split(/[\s,]+/).includes("*");
  const ours = isAll ? list : [list, ...LOOPBACK].filter(Boolean).join(",");
  return { NO_PROXY: ours, no_proxy: ours };
}
