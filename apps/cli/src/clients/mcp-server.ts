import type { Settings } from "./client.ts";

/** The bridge to an MCP server, as a client's settings name it. */
interface McpBridge {
  /** The server's name in the settings. */
  readonly name: string;
  /** The words that start the bridge. */
  readonly command: readonly [string, ...string[]];
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
    settings: ({ name, command }) => ({ command: ["claude", "mcp", "add", name, "--", ...command] }),
  },
  codex: {
    title: "Codex",
    where: "Run this once:",
    settings: ({ name, command }) => ({ command: ["codex", "mcp", "add", name, "--", ...command] }),
  },
  opencode: {
    title: "opencode",
    where: "Put this into opencode.json:",
    settings: ({ name, command }) => ({
      text: pretty({ mcp: { [name]: { type: "local", command, enabled: true } } }),
    }),
  },
  vscode: {
    title: "VS Code",
    where: "Put this into .vscode/mcp.json:",
    settings: ({ name, command: [command, ...args] }) => ({
      text: pretty({ servers: { [name]: { type: "stdio", command, args } } }),
    }),
  },
  cursor: {
    title: "Cursor",
    where: "Put this into ~/.cursor/mcp.json:",
    settings: ({ name, command: [command, ...args] }) => ({
      text: pretty({ mcpServers: { [name]: { command, args } } }),
    }),
  },
};

/** Returns the bridge to a server, named after its host. */
export function mcpBridge(url: string): McpBridge {
  const { hostname } = new URL(url);
  const name = hostname.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return { name: name === "" ? "server" : name, command: ["tokenflow", "mcp", url] };
}

function pretty(value: object): string {
  return JSON.stringify(value, undefined, 2);
}
