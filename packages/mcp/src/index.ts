export { requireToken } from "./require-token.ts";
export type { AnyServer, ClientCapabilities, ProtocolServer } from "./server.ts";
export { registerSessionTools, type SessionToolsOptions, type ToolServer } from "./session-tools.ts";
export type { ToolResult } from "./tool-result.ts";
