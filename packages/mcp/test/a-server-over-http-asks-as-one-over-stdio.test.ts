import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { requireToken } from "@tokenflow/mcp";
import { expect, test } from "vitest";
import { openManager } from "./support/in-process.ts";
import { countOf, type SimulatedCopilot, startSimulatedCopilot } from "./support/simulated-copilot.ts";

/** Each request is served by a server of its own; no connection and no state between them. */
async function connect(
  manager: ReturnType<typeof openManager>,
  mode: "legacy" | { readonly pin: string },
  onLink: () => void,
): Promise<Client> {
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: "test", version: "1" });
    server.registerTool(
      "ask",
      {},
      requireToken(server, manager, () => ({ content: [{ type: "text", text: "done" }] })),
    );
    return server;
  });
  const client = new Client(
    { name: "test", version: "1" },
    { capabilities: { elicitation: { url: {} } }, versionNegotiation: { mode } },
  );
  client.setRequestHandler("elicitation/create", () => {
    onLink();
    return { action: "accept" };
  });
  const fetch = (url: string | URL, init?: RequestInit): Promise<Response> =>
    handler.fetch(new Request(url, init));
  await client.connect(new StreamableHTTPClientTransport(new URL("http://127.0.0.1/mcp"), { fetch }));
  return client;
}

const words = (start: string) => ({
  isError: true,
  content: [{ text: expect.stringMatching(new RegExp(`^${start}Open \\S+ and enter the code \\S+ `)) }],
});
const open = ({ simulator }: SimulatedCopilot) => openManager(simulator);

test("a client of 2026-07-28 is asked for input, and its retry finds the same sign-in", async () => {
  await using copilot = await startSimulatedCopilot();
  await using manager = open(copilot);
  let links = 0;
  const client = await connect(manager, { pin: "2026-07-28" }, () => (links += 1));

  const answer = await client.callTool({ name: "ask" });

  expect(answer).toMatchObject(words("Not signed in to GitHub Copilot yet\\. "));
  expect(links).toBe(1);
  expect(countOf(copilot.simulator, "device_code")).toBe(1);
});

test("a client of 2025-11-25 without a session gets text", async () => {
  await using copilot = await startSimulatedCopilot();
  await using manager = open(copilot);
  const client = await connect(manager, "legacy", () => undefined);

  expect(await client.callTool({ name: "ask" })).toMatchObject(words(""));
});
