import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitationCompleteNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { type Conditions, type Conversation, commandOf, converse } from "./conversation.ts";

/** Starts the example from version 1 of the SDK. */
export async function connectPrevious(conditions: Conditions): Promise<Conversation> {
  const { links = true } = conditions;
  const client = new Client(
    { name: "test", version: "1.0.0" },
    { capabilities: links ? { elicitation: { url: {} } } : {} },
  );
  const completed: string[] = [];
  client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
    completed.push(params.elicitationId);
  });
  const transport = new StdioClientTransport(commandOf(conditions));
  return converse(client, transport, {
    completed,
    connect: () => client.connect(transport),
    ask: (name) => client.callTool({ name, arguments: {} }),
  });
}
