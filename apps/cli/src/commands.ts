import type { CommandTable } from "./cli/command.ts";

/** Every command, in the order of `--help`. */
export const COMMANDS: CommandTable = {
  login: {
    summary: "sign in by the device flow",
    load: async () => (await import("./commands/login.ts")).login,
  },
  import: {
    summary: "import a sign-in from another program",
    load: async () => (await import("./commands/import.ts")).importCommand,
  },
  token: {
    summary: "print a fresh access token",
    load: async () => (await import("./commands/token.ts")).token,
  },
  api: {
    summary: "make one request with the token",
    load: async () => (await import("./commands/api.ts")).api,
  },
  exec: {
    summary: "run a command with access, through a private proxy",
    load: async () => (await import("./commands/exec.ts")).exec,
  },
  status: {
    summary: "show the sessions",
    load: async () => (await import("./commands/status.ts")).status,
  },
  refresh: {
    summary: "refresh a token now",
    load: async () => (await import("./commands/refresh.ts")).refresh,
  },
  logout: {
    summary: "forget a session",
    load: async () => (await import("./commands/logout.ts")).logout,
  },
  doctor: {
    summary: "find out what is wrong and how to fix it",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  providers: {
    summary: "show the services that you can sign in to",
    load: async () => (await import("./commands/providers.ts")).providers,
  },
  stores: {
    summary: "show where sessions can be stored",
    load: async () => (await import("./commands/stores.ts")).stores,
  },
  config: {
    summary: "show and change settings",
    load: async () => (await import("./commands/config.ts")).config,
  },
  completion: {
    summary: "print a completion script for a shell",
    load: async () => (await import("./commands/completion.ts")).createCompletion(COMMANDS),
  },
  mcp: {
    summary: "connect a client that speaks MCP with a server that wants a sign-in",
    load: async () => (await import("./commands/mcp.ts")).mcp,
  },
  proxy: {
    summary: "serve an OpenAI- and Anthropic-compatible endpoint in front of the sessions",
    async load() {
      const { createProxyCommand } = await import("./commands/proxy.ts");
      return createProxyCommand(await import("@tokenflow/proxy/program"));
    },
  },
  usage: {
    summary: "show what the proxy's answers cost",
    load: async () => (await import("./commands/usage.ts")).usage,
  },
  agent: {
    summary: "hold the sessions in one process, and answer on a socket",
    async load() {
      const { createAgentCommand } = await import("./commands/agent.ts");
      return createAgentCommand(await import("@tokenflow/proxy/program"));
    },
  },
  setup: {
    summary: "show the settings that make a client use the proxy",
    load: async () => (await import("./commands/setup.ts")).setup,
  },
};
