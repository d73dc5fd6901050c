import { createFetch, createTokenManager, type TokenManager, type Usage } from "@tokenflow/core";
import { registerSessionTools, requireToken, type ToolResult, type ToolServer } from "@tokenflow/mcp";
import {
  copilotCredentialsFromEnv,
  copilotOptionsFromEnv,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import { createFileStore } from "@tokenflow/store-file";

/** The session of the person who started this server. Events go to stderr, since stdout belongs to the protocol. */
export function openCopilot(): TokenManager {
  const provider = createCopilotProvider(copilotOptionsFromEnv(process.env));
  return createTokenManager({
    provider,
    store: createFileStore(),
    ...copilotCredentialsFromEnv(process.env),
    onEvent: (event) => {
      const prompt =
        event.type === "signin.started" &&
        event.origin === "device" &&
        `Open ${event.verificationUri} and enter ${event.userCode}`;
      process.stderr.write(`${prompt || event.type}\n`);
    },
  });
}

/** Two tools on the session, and the ready-made three to sign in, to sign out and to look. */
export function registerCopilotTools(server: ToolServer, manager: TokenManager): void {
  const api = createFetch(manager);
  const baseUrl = manager.provider.upstream?.baseUrl;
  const readOnly = { readOnlyHint: true, destructiveHint: false, openWorldHint: true };

  server.registerTool(
    "list_models",
    {
      title: "Copilot's models",
      description: "Lists the models that the person may use with GitHub Copilot.",
      annotations: readOnly,
    },
    // `createFetch` refreshes a token that the API refuses; one that is used by hand is the handler's first argument.
    requireToken(server, manager, async () => {
      const answer = await api(`${baseUrl}/models`);
      if (!answer.ok) return text(`Copilot answered ${answer.status}`, true);
      const { data } = (await answer.json()) as { data: { id: string }[] };
      return text(data.map(({ id }) => id).join("\n"));
    }),
  );
  server.registerTool(
    "usage",
    {
      title: "Copilot's quotas",
      description: "Tells what is left of the person's GitHub Copilot quotas.",
      annotations: readOnly,
    },
    requireToken(server, manager, async () => text(describe(await manager.usage()))),
  );
  registerSessionTools(server, manager);
}

function describe({ plan, quotas }: Usage): string {
  const lines = quotas.map(({ name, remaining, limit }) =>
    remaining === undefined
      ? `${name}: unlimited`
      : `${name}: ${remaining} left${limit === undefined ? "" : ` of ${limit}`}`,
  );
  return [`Plan: ${plan ?? "not told"}`, ...lines].join("\n");
}

function text(content: string, isError = false): ToolResult {
  return { content: [{ type: "text", text: content }], isError };
}
