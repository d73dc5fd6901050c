import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitationCompleteNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { type Conditions, type Conversation, commandOf, readError, readResult } from "./conversation.ts";

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
  const faults: Error[] = [];
  client.onerror = (fault) => faults.push(fault);
  let stderr = "";
  transport.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  await client.connect(transport);
  return {
    completed,
    faults,
    stderr: () => stderr,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name) => {
      try {
        return readResult(await client.callTool({ name, arguments: {} }));
      } catch (error) {
        return readError(error);
      }
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
