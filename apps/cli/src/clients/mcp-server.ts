import type { Settings } from "./client.ts";
import { inlineToml } from "./codex.ts";

/** The variables with which the bridge finds the sessions of this program. Clients pass on few of their own. */
export interface BridgeVariables {
  readonly values: Readonly<Record<string, string>>;
  /** The names of those that hold a secret, or another value tomorrow. The client reads their values when it starts. */
  readonly references: readonly string[];
}

/** The bridge to an MCP server, as a client's settings name it. */
interface McpBridge extends BridgeVariables {
  /** The server's name in the settings. */
  readonly name: string;
  /** The words that start the bridge. */
  readonly command: readonly [string, ...string[]];
}

interface McpSettings extends Settings {
  /** One line that says where the printed settings go. */
  readonly where: string;
}

export interface McpClient {
  readonly title: string;
  settings(bridge: McpBridge): McpSettings;
}

const ONCE = "Run this once:";

/** The clients that can start the bridge to an MCP server, by the name that `setup --mcp` takes. */
export const MCP_CLIENTS: Readonly<Record<string, McpClient>> = {
  "claude-code": {
    title: "Claude Code",
    // https://code.claude.com/docs/en/mcp: by default it adds to one folder. Without the empty default an unset variable is passed on as this text.
    settings: (bridge) => ({
      where: ONCE,
      command: ["claude", "mcp", "add", "--scope", "user", ...added(bridge, (name) => `\${${name}:-}`)],
    }),
  },
  codex: {
    title: "Codex",
    // https://developers.openai.com/codex/mcp: only its file has `env_vars`, the names of variables to pass on.
    settings: (bridge) =>
      bridge.references.length === 0
        ? { where: ONCE, command: ["codex", "mcp", "add", ...added(bridge)] }
        : { where: "Put this into ~/.codex/config.toml:", text: codexTable(bridge) },
  },
  opencode: {
    title: "opencode",
    settings: (bridge) => ({
      where: "Put this into opencode.json:",
      text: pretty({
        mcp: {
          [bridge.name]: {
            type: "local",
            command: bridge.command,
            enabled: true,
            environment: variablesOf(bridge, (name) => `{env:${name}}`),
          },
        },
      }),
    }),
  },
  vscode: {
    title: "VS Code",
    settings: (bridge) => ({
      where: "Put this into .vscode/mcp.json:",
      text: pretty({ servers: { [bridge.name]: { type: "stdio", ...started(bridge) } } }),
    }),
  },
  cursor: {
    title: "Cursor",
    settings: (bridge) => ({
      where: "Put this into ~/.cursor/mcp.json:",
      text: pretty({ mcpServers: { [bridge.name]: started(bridge) } }),
    }),
  },
};

/** Returns the bridge to a server, named after its host. */
export function mcpBridge(url: string, variables: BridgeVariables): McpBridge {
  const { hostname } = new URL(url);
  const name = hostname.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return { ...variables, name: name === "" ? "server" : name, command: ["tokenflow", "mcp", url] };
}

/** Writes a reference to a variable as the client reads it. */
type Reference = (name: string) => string;

/** Returns the words after `mcp add`, which two clients share. */
function added(bridge: McpBridge, refer?: Reference): readonly string[] {
  const pairs = Object.entries(variablesOf(bridge, refer) ?? {});
  const options = pairs.flatMap(([variable, value]) => ["--env", `${variable}=${value}`]);
  return [bridge.name, ...options, "--", ...bridge.command];
}

/** Returns the members that two editors share. */
function started(bridge: McpBridge): object {
  const [command, ...args] = bridge.command;
  return { command, args, env: variablesOf(bridge, (name) => `\${env:${name}}`) };
}

function codexTable(bridge: McpBridge): string {
  const [command, ...args] = bridge.command;
  const env = variablesOf({ ...bridge, references: [] });
  const members = { command, args, env_vars: bridge.references, ...(env ? { env } : {}) };
  const lines = Object.entries(members).map(([name, value]) => `${name} = ${inlineToml(value)}`);
  return [`[mcp_servers.${bridge.name}]`, ...lines].join("\n");
}

/** Returns all variables, or nothing if there are none. */
function variablesOf(
  { values, references }: BridgeVariables,
  refer: Reference = (name) => name,
): Readonly<Record<string, string>> | undefined {
  const all = { ...values, ...Object.fromEntries(references.map((name) => [name, refer(name)])) };
  return Object.keys(all).length === 0 ? undefined : all;
}

function pretty(value: object): string {
  return JSON.stringify(value, undefined, 2);
}
