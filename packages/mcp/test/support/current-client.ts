import { Client, withInputRequired } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { type Conditions, type Conversation, commandOf, converse } from "./conversation.ts";

/** Starts the example from version 2 of the SDK. */
export async function connectCurrent(
  conditions: Conditions & { readonly revision: "2026-07-28" | "2025-11-25" },
): Promise<Conversation> {
  const { links = true, revision } = conditions;
  const client = new Client(
    { name: "test", version: "1.0.0" },
    {
      capabilities: links ? { elicitation: { url: {} } } : {},
      versionNegotiation: { mode: revision === "2026-07-28" ? { pin: revision } : "legacy" },
    },
  );
  const completed: string[] = [];
  client.setNotificationHandler("notifications/elicitation/complete", ({ params }) => {
    completed.push(params.elicitationId);
  });
  const transport = new StdioClientTransport(commandOf(conditions));
  return converse(client, transport, {
    completed,
    connect: () => client.connect(transport),
    ask: (name) =>
      client.request(
        { method: "tools/call", params: { name, arguments: {} } },
        withInputRequired(CallToolResultSchema),
        { allowInputRequired: true },
      ),
  });
}
