import { Client } from "@modelcontextprotocol/client";
import { Client as PreviousClient } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport as PreviousTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer as PreviousServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { InMemoryTransport, McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createTokenManager, type TokenManager, type TokenManagerOptions } from "@tokenflow/core";
import { copilotOptionsFromEnv, createCopilotProvider } from "@tokenflow/provider-copilot";
import type { Simulator } from "@tokenflow/simulator";

const INFO = { name: "test", version: "1.0.0" };

/** The session of a simulated person, in memory. */
export function openManager({ env }: Simulator, options: Partial<TokenManagerOptions> = {}): TokenManager {
  return createTokenManager({ provider: createCopilotProvider(copilotOptionsFromEnv(env)), ...options });
}

/** A server and a client of version 2 on revision 2026-07-28. */
export async function talkCurrent(
  register: (server: McpServer) => void,
  answer: (url: string) => Promise<"accept" | "decline" | "cancel">,
): Promise<Client> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  serveStdio(
    () => {
      const server = new McpServer(INFO);
      register(server);
      return server;
    },
    { transport: theirs },
  );
  const client = new Client(INFO, {
    capabilities: { elicitation: { url: {} } },
    versionNegotiation: { mode: { pin: "2026-07-28" } },
  });
  client.setRequestHandler("elicitation/create", async ({ params }) => ({
    action: await answer("url" in params ? params.url : ""),
  }));
  await client.connect(ours);
  return client;
}

/** A server and a client of version 1 that opens links. */
export async function talkPrevious(
  register: (server: PreviousServer) => void,
  server: PreviousServer = new PreviousServer(INFO),
): Promise<PreviousClient> {
  const [ours, theirs] = PreviousTransport.createLinkedPair();
  register(server);
  await server.connect(theirs);
  const client = new PreviousClient(INFO, { capabilities: { elicitation: { url: {} } } });
  await client.connect(ours);
  return client;
}

export type { PreviousServer };
