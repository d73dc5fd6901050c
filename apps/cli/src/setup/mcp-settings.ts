import { loadMcp, UsageError } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { MCP_CLIENTS, mcpBridge } from "../clients/mcp-server.ts";
import { openStore } from "../session/store.ts";
import { bridgeVariables } from "./bridge-variables.ts";
import { showSettings } from "./show-settings.ts";

/** Shows how a client starts the bridge to an MCP server. @throws UsageError for a client that is not known for it */
export async function printMcpSettings(
  name: string | undefined,
  { url, json }: { readonly url: string; readonly json: boolean },
  context: Context,
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
  await using storeContext = await openStore(context);
  const bridge = mcpBridge(provider.url, bridgeVariables(context, storeContext));
  const { where, ...settings } = client.settings(bridge);
  const { references } = bridge;
  const notes =
    references.length === 0
      ? []
      : [
          `${client.title} must be started with ${references.join(", ")} set: its settings hold the names alone.`,
        ];
  const exitCode = await showSettings(
    {
      name: name ?? "",
      where,
      url: provider.url,
      settings: notes.length === 0 ? settings : { ...settings, notes },
      flags: { json },
    },
    context,
  );
  if (!json)
    context.terminal.say(
      `If nobody has signed in yet, once for all clients: tokenflow login mcp:${provider.url}`,
    );
  return exitCode;
}
