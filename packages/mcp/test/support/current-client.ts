import { Client, withInputRequired } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { type Conditions, type Conversation, commandOf, readError, readResult } from "./conversation.ts";

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
        const request = { method: "tools/call", params: { name, arguments: {} } };
        const schema = withInputRequired(CallToolResultSchema);
        return readResult(await client.request(request, schema, { allowInputRequired: true }));
      } catch (error) {
        return readError(error);
      }
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
