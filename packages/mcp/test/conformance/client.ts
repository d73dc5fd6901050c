import { Client, InsufficientScopeError, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createBrowser } from "@tokenflow/browser";
import { createTokenManager } from "@tokenflow/core";
import { authProvider, createMcpProvider } from "@tokenflow/mcp/client";

/** The client that the conformance suite starts with the address of its server: it lists the tools, and calls each. */
const [address = ""] = process.argv.slice(2);
const context: { client_id?: string; client_secret?: string } = JSON.parse(
  process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}",
);
/** The suite expects this address as the client's id at servers that read client metadata. */
const METADATA = "https://conformance-test.local/client-metadata.json";
const MAX_STEP_UPS = 2;

const provider = createMcpProvider(address, {
  clientId: context.client_id,
  clientSecret: context.client_secret,
  clientMetadataUrl: METADATA,
});
await using manager = createTokenManager({ provider });
/** A browser in which the person approves everything: it follows redirects. */
const browser = createBrowser({ isLocal: true, show: () => undefined, open: (url) => void fetch(url) });
const signIn = () =>
  manager.signIn({
    browser,
    prefer: "browser",
    onUserCode: () => undefined,
    signal: AbortSignal.timeout(20_000),
  });

/** Signs in again with more scope when the server wants it, but not for ever. */
async function withStepUp<Result>(act: () => Promise<Result>): Promise<Result> {
  for (let stepUps = 0; ; stepUps += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof InsufficientScopeError) || stepUps >= MAX_STEP_UPS) throw error;
      provider.requireScope(error.requiredScope);
      await signIn();
    }
  }
}

/** The revision that is tried. Those before 2026-07-28 begin with a handshake. */
const revision = process.env["MCP_CONFORMANCE_PROTOCOL_VERSION"] ?? "";
const mode = revision >= "2026-07-28" ? { pin: revision } : "legacy";
const client = new Client({ name: "tokenflow", version: "1" }, { versionNegotiation: { mode } });
const connect = async (): Promise<void> => {
  const transport = new StreamableHTTPClientTransport(new URL(address), {
    authProvider: authProvider(manager, { signIn }),
  });
  await client.connect(transport);
};
await withStepUp(connect);
const { tools } = await withStepUp(() => client.listTools());
for (const { name } of tools) await withStepUp(() => client.callTool({ name, arguments: {} }));
await client.close();
