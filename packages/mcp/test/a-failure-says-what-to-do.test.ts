import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { CallToolRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { createFetch } from "@tokenflow/core";
import { registerSessionTools, requireToken } from "@tokenflow/mcp";
import { copilotCredentialsFromEnv, createCopilotGrant } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";
import { z } from "zod";
import { openManager, talkPrevious } from "./support/in-process.ts";
import { countOf, startSimulatedCopilot } from "./support/simulated-copilot.ts";

const text = (content: string) => ({ content: [{ type: "text" as const, text: content }] });
const failed = (words: RegExp) => ({ isError: true, content: [{ text: expect.stringMatching(words) }] });

test("an unavailable service is an error with its code and hint, not a sign-in", async () => {
  await using copilot = await startSimulatedCopilot();
  await using manager = openManager(copilot.simulator);
  copilot.simulator.fault({ service: "github", status: 503, count: 9 });
  const client = await talkPrevious((server) =>
    server.registerTool(
      "ask",
      {},
      requireToken(server, manager, async () => text("done")),
    ),
  );

  expect(await client.callTool({ name: "ask" })).toMatchObject(failed(/\(provider\.unavailable\)\. \w.*\.$/));
});

test("a session that ends while a handler runs leads to a new sign-in", async () => {
  await using copilot = await startSimulatedCopilot();
  const { simulator } = copilot;
  await using manager = openManager(simulator, {
    grant: createCopilotGrant(simulator.createGrant("github")),
  });
  const api = createFetch(manager);
  const models = `${manager.provider.upstream?.baseUrl}/models`;
  const client = await talkPrevious((server) =>
    server.registerTool(
      "ask",
      {},
      requireToken(server, manager, async () => text(`${(await api(models)).status}`)),
    ),
  );
  expect(await client.callTool({ name: "ask" })).toMatchObject(text("200"));
  simulator.revokeGrants();
  simulator.expireTokens();

  await expect(client.callTool({ name: "ask" })).rejects.toMatchObject({
    code: -32_042,
    message: expect.stringMatching(/enter the code \S+ to sign in to GitHub Copilot/),
  });
  expect(countOf(simulator, "device_code")).toBe(1);
});

test("a handler gets the token first, then its own arguments, and its own errors stay its own", async () => {
  await using copilot = await startSimulatedCopilot();
  await using manager = openManager(copilot.simulator, { staticToken: "given" });
  const client = await talkPrevious((server) => {
    server.registerTool(
      "ask",
      { inputSchema: { question: z.string() } },
      requireToken(server, manager, (token, { question }, { signal, requestId }) =>
        text(`${token.accessToken} ${question} ${signal.aborted} ${requestId}`),
      ),
    );
    server.registerTool(
      "fail",
      {},
      requireToken(server, manager, () => {
        throw new RangeError("too far");
      }),
    );
  });

  expect(await client.callTool({ name: "ask", arguments: { question: "why" } })).toMatchObject(
    text("given why false 1"),
  );
  expect(await client.callTool({ name: "fail" })).toMatchObject(failed(/^too far$/));
});

test("a static token needs no person, no store and no request, and a sign-out reports it", async () => {
  await using copilot = await startSimulatedCopilot();
  const env = { TOKENFLOW_COPILOT_TOKEN: " tid=given;exp=1 " };
  await using manager = openManager(copilot.simulator, copilotCredentialsFromEnv(env));
  const client = await talkPrevious((server) => {
    server.registerTool(
      "ask",
      {},
      requireToken(server, manager, ({ accessToken }) => text(accessToken)),
    );
    registerSessionTools(server, manager, { prefix: "copilot_" });
  });

  expect(await client.callTool({ name: "ask" })).toMatchObject(text("tid=given;exp=1"));
  expect(await client.callTool({ name: "copilot_sign_in" })).toMatchObject(
    text("Signed in to GitHub Copilot."),
  );
  expect(await client.callTool({ name: "copilot_sign_out" })).toMatchObject(
    failed(/Unset TOKENFLOW_COPILOT_TOKEN/),
  );
  expect(copilot.simulator.journal).toEqual([]);
});

test("the low-level server is served as well", async () => {
  await using copilot = await startSimulatedCopilot();
  await using manager = openManager(copilot.simulator);
  const { server } = new McpServer({ name: "test", version: "1" }, { capabilities: { tools: {} } });
  server.setRequestHandler(
    CallToolRequestSchema,
    requireToken(server, manager, async () => text("done")),
  );
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await server.connect(theirs);
  const client = new Client({ name: "test", version: "1" }, { capabilities: { elicitation: { url: {} } } });
  await client.connect(ours);

  await expect(client.callTool({ name: "ask" })).rejects.toMatchObject({ code: -32_042 });
});
