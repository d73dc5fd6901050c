import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createFetch, createTokenManager } from "@tokenflow/core";
import { registerSessionTools, requireToken } from "@tokenflow/mcp";
import {
  copilotCredentialsFromEnv,
  copilotOptionsFromEnv,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import { createFileStore } from "@tokenflow/store-file";

const provider = createCopilotProvider(copilotOptionsFromEnv(process.env));
const given = copilotCredentialsFromEnv(process.env); // in a container: TOKENFLOW_COPILOT_GRANT
const manager = createTokenManager({ provider, store: createFileStore(), ...given });
const api = createFetch(manager);

serveStdio(() => {
  const server = new McpServer({ name: "models", version: "1.0.0" });
  server.registerTool(
    "list_models",
    { description: "Lists the models of GitHub Copilot." },
    requireToken(server, manager, async () => {
      const answer = await api(`${provider.upstream.baseUrl}/models`);
      return { content: [{ type: "text", text: await answer.text() }] };
    }),
  );
  registerSessionTools(server, manager);
  return server;
});
