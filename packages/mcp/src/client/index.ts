/**
 * Signs in to MCP servers, for clients: one session for each server, however many clients use it.
 *
 * @example
 * ```ts
 * import { createTokenManager } from "@tokenflow/core";
 * import { authProvider, createMcpProvider } from "@tokenflow/mcp/client";
 *
 * const manager = createTokenManager({ provider: createMcpProvider("https://mcp.example.org/mcp") });
 * export const auth = authProvider(manager);
 * ```
 *
 * @module
 */

// The sign-in to a server.

export type { McpClientOptions, McpClientRecords } from "./clients.ts";
export { createMcpProvider, type McpProvider, type McpProviderOptions } from "./mcp-provider.ts";
export { mcpProviderId, mcpServerUrl, movedWithin } from "./resource.ts";

// For transports of the official SDK.

export { type AuthProvider, type AuthProviderOptions, authProvider } from "./auth-provider.ts";
export { needsMoreScope } from "./challenge.ts";
