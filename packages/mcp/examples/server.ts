/** A Copilot session over MCP, on version 2 of the SDK: for clients of 2026-07-28 and of the revisions before. */
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { openCopilot, registerCopilotTools } from "./copilot-tools.ts";

const manager = openCopilot();

serveStdio(() => {
  const server = new McpServer({ name: "copilot", version: "1.0.0" });
  registerCopilotTools(server, manager);
  return server;
});
