import type { Environment } from "@tokenflow/common";
import type { Settings } from "./client.ts";

/** The bridge to an MCP server, as a client's settings name it. */
interface McpBridge {
  /** The server's name in the settings. */
  readonly name: string;
  /** The words that start the bridge. */
  readonly command: readonly [string, ...string[]];
  /** Variables of its own: some clients pass on few of theirs. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface McpClient {
  readonly title: string;
  /** One line that says where the printed settings go. */
  readonly where: string;
  settings(bridge: McpBridge): Settings;
}

/** The clients that can start the bridge to an MCP server, by the name that `setup --mcp` takes. */
export const MCP_CLIENTS: Readonly<Record<string, McpClient>> = {
  "claude-code": {
    title: "Claude Code",
    where: "Run this once:",
    settings: (bridge) => ({ command: ["claude", "mcp", "add", ...added(bridge)] }),
  },
  codex: {
    title: "Codex",
    where: "Run this once:",
    settings: (bridge) => ({ command: ["codex", "mcp", "add", ...added(bridge)] }),
  },
  opencode: {
    title: "opencode",
    where: "Put this into opencode.json:",
    settings: ({ name, command, variables }) => ({
      text: pretty({
        mcp: { [name]: { type: "local", command, enabled: true, environment: orAbsent(variables) } },
      }),
    }),
  },
  vscode: {
    title: "VS Code",
    where: "Put this into .vscode/mcp.json:",
    settings: ({ name, command: [command, ...args], variables }) => ({
      text: pretty({ servers: { [name]: { type: "stdio", command, args, env: orAbsent(variables) } } }),
    }),
  },
  cursor: {
    title: "Cursor",
    where: "Put this into ~/.cursor/mcp.json:",
    settings: ({ name, command: [command, ...args], variables }) => ({
      text: pretty({ mcpServers: { [name]: { command, args, env: orAbsent(variables) } } }),
    }),
  },
};

/** Returns the bridge to a server, named after its host. It uses the folder of sessions that this program uses. */
export function mcpBridge(url: string, { TOKENFLOW_HOME: home }: Environment): McpBridge {
  const { hostname } = new URL(url);
  const name = hostname.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return {
    name: name === "" ? "server" : name,
    command: ["tokenflow", "mcp", url],
    variables: home ? { TOKENFLOW_HOME: home } : {},
  };
}

/** Returns the words after `mcp add`, which two clients share. */
function added({ name, command, variables }: McpBridge): readonly string[] {
  const pairs = Object.entries(variables).flatMap(([variable, value]) => ["--env", `${variable}=${value}`]);
  return [name, ...pairs, "--", ...command];
}

function orAbsent(variables: McpBridge["variables"]): McpBridge["variables"] | undefined {
  return Object.keys(variables).length === 0 ? undefined : variables;
}

function pretty(value: object): string {
  return JSON.stringify(value, undefined, 2);
}
