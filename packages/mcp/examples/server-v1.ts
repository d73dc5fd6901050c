/** A Copilot session over MCP, on version 1 of the SDK. */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { openCopilot, registerCopilotTools } from "./copilot-tools.ts";

const server = new McpServer({ name: "copilot", version: "1.0.0" });
registerCopilotTools(server, openCopilot());
await server.connect(new StdioServerTransport());
