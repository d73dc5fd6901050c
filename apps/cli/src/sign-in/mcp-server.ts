import { loadMcp, type SessionStoreContext, UsageError } from "@tokenflow/common";
import type { Provider } from "@tokenflow/core";
import { type OAuthFlags, readOAuthFlags, setOAuthFlags } from "./oauth-flags.ts";

/** The options of an OAuth server that a sign-in to an MCP server may need, too. It finds the others by itself. */
const USABLE: ReadonlySet<string> = new Set([
  "client-id",
  "client-secret-stdin",
  "client-auth",
  "client-metadata",
  "scope",
  "redirect-uri",
]);

/**
 * Returns the provider of an MCP server, for a sign-in.
 * @param secret the secret that the person typed
 * @throws UsageError for an option that describes another kind of server
 */
export async function describeMcpServer(
  id: string,
  flags: OAuthFlags,
  secret: string | undefined,
  { store, encryption }: SessionStoreContext,
): Promise<Provider> {
  const other = setOAuthFlags(flags).find((name) => !USABLE.has(name));
  if (other !== undefined) {
    throw new UsageError(
      `--${other} is not an option of MCP servers`,
      "They say by themselves where people sign in.",
    );
  }
  const { loadMcpProvider, mcpClientRecords } = await loadMcp();
  const { clientId, clientAuthentication, scope, redirectUri } = readOAuthFlags(flags);
  if (secret !== undefined && clientId === undefined) {
    throw new UsageError("--client-secret-stdin needs --client-id, whose secret it is");
  }
  return loadMcpProvider(id, {
    clientId,
    clientSecret: secret,
    clientAuthentication,
    clientMetadataUrl: flags["client-metadata"],
    scope,
    redirectUri,
    clients: mcpClientRecords(store, encryption),
  });
}
