import { EXIT, loadMcp, UsageError } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { MCP_CLIENTS, mcpBridge } from "../clients/mcp-server.ts";
import { shellText } from "../clients/shell-text.ts";

/** Shows how a client starts the bridge to an MCP server. @throws UsageError for a client that is not known for it */
export async function printMcpSettings(
  name: string | undefined,
  { url, json }: { readonly url: string; readonly json: boolean },
  { env, terminal }: Pick<Context, "env" | "terminal">,
): Promise<number> {
  const client = Object.hasOwn(MCP_CLIENTS, name ?? "") ? MCP_CLIENTS[name ?? ""] : undefined;
  if (!client) {
    throw new UsageError(
      name === undefined ? "specify a client" : `--mcp is not known for "${name}"`,
      `Clients: ${Object.keys(MCP_CLIENTS).join(", ")}`,
    );
  }
  const { loadMcpProvider } = await loadMcp();
  const provider = loadMcpProvider(`mcp:${url.replace(/^mcp:/, "")}`);
  const settings = client.settings(mcpBridge(provider.url, env));
  if (json) {
    terminal.print(JSON.stringify({ client: name, url: provider.url, settings }, undefined, 2));
    return EXIT.done;
  }
  terminal.say(terminal.dim(client.where));
  terminal.print(shellText(settings));
  terminal.say(`Then sign in, once for all clients: tokenflow login mcp:${provider.url}`);
  return EXIT.done;
}
