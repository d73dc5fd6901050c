/** A model of each kind: served as Claude is, at Chat Completions, or at Responses alone. */
export const KINDS = ["Claude", "chat", "Responses-only"] as const;
export type ModelKind = (typeof KINDS)[number];

/** A coding agent: its pinned package, and how it is asked without a person. */
export interface Agent {
  /** The name as `setup` takes it. */
  readonly name: string;
  readonly package: string;
  readonly version: string;
  readonly program: string;
  /** The names of models that it can use. */
  readonly models: Partial<Readonly<Record<ModelKind, string>>>;
  /** Part of CI's short run. */
  readonly inShortRun: boolean;
  args(prompt: string, model: string): readonly string[];
  /** More arguments that let the model call the tools of MCP servers without a person. @default none */
  readonly forTools?: readonly string[];
  /** Variables with which it offers the tools of MCP servers from the first call on. @default none */
  readonly variablesForTools?: Readonly<Record<string, string>>;
  /** The things that it can get by running `tokenflow token`. @default nothing */
  readonly helpers?: readonly ("model" | "mcp")[];
  /** The path of the API in its base address. @default none */
  readonly apiPath?: string;
  /** For a second prompt of the same conversation. */
  continued(prompt: string, model: string): readonly string[];
}

const CODEX: readonly string[] = ["exec", "--skip-git-repo-check", "-m"];

export const AGENTS: readonly Agent[] = [
  {
    name: "claude-code",
    package: "@anthropic-ai/claude-code",
    version: "2.1.332",
    program: "claude",
    models: { Claude: "claude-sonnet-4-5", chat: "gpt-4.1", "Responses-only": "gpt-5-codex" },
    inShortRun: true,
    args: (prompt, model) => ["--model", model, "-p", prompt],
    forTools: ["--allowedTools", "mcp__127-0-0-1,mcp__files"],
    variablesForTools: {
      ENABLE_TOOL_SEARCH: "false",
      MCP_CONNECTION_NONBLOCKING: "0",
      CLAUDE_CODE_MCP_STARTUP_WAIT_MS: "60000",
    },
    helpers: ["model", "mcp"],
    continued: (prompt, model) => ["--model", model, "--continue", "-p", prompt],
  },
  {
    name: "codex",
    package: "@openai/codex",
    version: "0.171.0",
    program: "codex",
    models: { Claude: "claude-sonnet-4.5", chat: "gpt-4.1", "Responses-only": "gpt-5-codex" },
    inShortRun: true,
    args: (prompt, model) => [...CODEX, model, prompt],
    forTools: [
      "--dangerously-bypass-approvals-and-sandbox",
      "-c",
      "mcp_servers.127-0-0-1.required=true",
      "-c",
      "mcp_servers.127-0-0-1.startup_timeout_sec=60",
    ],
    helpers: ["model"],
    apiPath: "/v1",
    continued: (prompt, model) => [...CODEX, model, "resume", "--last", prompt],
  },
  {
    name: "opencode",
    package: "opencode-ai",
    version: "1.18.33",
    program: "opencode",
    models: {
      Claude: "tokenflow/claude-sonnet-4.5",
      chat: "tokenflow/gpt-4.1",
      "Responses-only": "tokenflow-responses/gpt-5-codex",
    },
    inShortRun: true,
    args: (prompt, model) => ["run", "-m", model, prompt],
    continued: (prompt, model) => ["run", "-c", "-m", model, prompt],
  },
  {
    name: "pi",
    package: "@mariozechner/pi-coding-agent",
    version: "0.73.1",
    program: "pi",
    models: {
      Claude: "tokenflow/claude-sonnet-4.5",
      chat: "tokenflow/gpt-4.1",
      "Responses-only": "tokenflow/gpt-5-codex",
    },
    inShortRun: false,
    args: (prompt, model) => ["--model", model, "-p", prompt],
    continued: (prompt, model) => ["-c", "--model", model, "-p", prompt],
  },
  {
    name: "qwen-code",
    package: "@qwen-code/qwen-code",
    version: "0.24.4",
    program: "qwen",
    models: { Claude: "claude-sonnet-4.5", chat: "gpt-4.1" },
    inShortRun: false,
    args: (prompt, model) => ["--model", model, "-p", prompt],
    continued: (prompt, model) => ["--continue", "--model", model, "-p", prompt],
  },
];
