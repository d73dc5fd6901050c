import type { Encryption } from "@tokenflow/core/encryption";
import { credentialsFromEnv } from "@tokenflow/core/environment";
import { asNumber, asString, isJsonObject, omitUndefined } from "@tokenflow/core/provider";
import { type LockingStore, openNote } from "@tokenflow/core/store";
import {
  createMcpProvider,
  type McpClientRecords,
  type McpProvider,
  type McpProviderOptions,
  mcpProviderId,
  mcpServerUrl,
} from "@tokenflow/mcp/client";
import type { RegisteredClient } from "@tokenflow/provider-oauth";
import { UsageError } from "../messages/usage-error.ts";
import type { ProviderModule } from "./bundled-providers.ts";

/** The provider of one MCP server. Its session remembers the rest. */
export function createMcpModule(id: string): ProviderModule {
  return {
    createProvider: () => loadMcpProvider(id),
    readCredentials: (env) => credentialsFromEnv(id, env, { createGrant: refuseGrant }),
    origins: () => [requireUrl(id)],
  };
}

/** A refresh token alone does not say which authorization server it belongs to. */
function refuseGrant(): never {
  throw new UsageError(
    "a grant of an MCP server cannot be given in the environment",
    "Give a token, or sign in.",
  );
}

/** @throws UsageError for text that is no address of a server */
export function loadMcpProvider(id: string, options: McpProviderOptions = {}): McpProvider {
  return createMcpProvider(requireUrl(id), options);
}

/** Returns the provider's id for `mcp:` and an address, or for an id. @throws as `loadMcpProvider` */
export function serverId(text: string): string {
  return mcpProviderId(requireUrl(text));
}

function requireUrl(id: string): string {
  const url = mcpServerUrl(id);
  if (url !== undefined) return url;
  throw new UsageError(
    `"${id}" names no MCP server`,
    "Use mcp: and its address: mcp:https://mcp.example.com/mcp",
  );
}

/** Keeps the clients that were registered for MCP servers beside the sessions, by their issuer. */
export function mcpClientRecords(
  store: LockingStore,
  readEncryption?: () => Promise<Encryption>,
): McpClientRecords {
  const noteOf = async (issuer: string) =>
    openNote(store, `mcp-client/${issuer}`, { encryption: await readEncryption?.() });
  return {
    async read(issuer) {
      const kept = await (await noteOf(issuer)).read();
      return isJsonObject(kept) ? readClient(issuer, kept) : undefined;
    },
    async write(issuer, client) {
      const note = await noteOf(issuer);
      const lock = await note.lock();
      // Without `await using`: its helper would be in two chunks of the proxy.
      try {
        await note.write(omitUndefined({ ...client }));
      } finally {
        await lock.release();
      }
    },
  };
}

const METHODS = ["none", "client_secret_basic", "client_secret_post"] as const;

/** Reads a client that was kept. One that is incomplete is registered again. */
function readClient(issuer: string, kept: Readonly<Record<string, unknown>>): RegisteredClient | undefined {
  const clientId = asString(kept["clientId"]);
  const method = METHODS.find((known) => known === kept["clientAuthentication"]);
  if (clientId === undefined || method === undefined) return undefined;
  return omitUndefined({
    issuer,
    clientId,
    clientAuthentication: method,
    registeredAt: asNumber(kept["registeredAt"]) ?? 0,
    clientSecret: asString(kept["clientSecret"]),
    secretExpiresAt: asNumber(kept["secretExpiresAt"]),
    redirectUri: asString(kept["redirectUri"]),
  });
}
