import { claudeCodeWithToken, codexWithToken } from "./agents.ts";
import { bazel, curl, docker, git, go, kubectl, npm, pip, terraform } from "./helpers.ts";
import type { Tool } from "./tool.ts";

/** The programs that get a token without the proxy, by the name that `setup` takes. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  git,
  docker,
  kubectl,
  bazel,
  go,
  terraform,
  curl,
  npm,
  pip,
};

/** The coding agents that can also get the token of a provider, if one is named. */
export const AGENTS: Readonly<Record<string, Tool>> = {
  codex: codexWithToken,
  "claude-code": claudeCodeWithToken,
};
