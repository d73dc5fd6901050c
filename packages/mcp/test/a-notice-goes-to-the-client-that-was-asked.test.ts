import { createRequire } from "node:module";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type * as Mcp from "@modelcontextprotocol/sdk/server/mcp.js";
import { ElicitationCompleteNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { createMemoryStore, type TokenManager } from "@tokenflow/core";
import { requireToken } from "@tokenflow/mcp";
import { expect, test, vi } from "vitest";
import { type Link, readError } from "./support/conversation.ts";
import { openManager, type PreviousServer, talkPrevious } from "./support/in-process.ts";
import { countOf, startSimulatedCopilot } from "./support/simulated-copilot.ts";

const SOON = { timeout: 10_000 };
const register = (manager: TokenManager) => (server: PreviousServer) => {
  server.registerTool(
    "ask",
    {},
    requireToken(server, manager, () => ({ content: [{ type: "text", text: "done" }] })),
  );
};

async function ask(client: Client): Promise<Link | undefined> {
  const outcome = await client.callTool({ name: "ask" }).then(() => undefined, readError);
  return outcome?.way === "error" ? outcome.links[0] : undefined;
}

test("two clients share one code, and each gets its own notification; a disconnected one causes no failure", async () => {
  await using copilot = await startSimulatedCopilot();
  await using manager = openManager(copilot.simulator);
  const clients = await Promise.all(Array.from({ length: 3 }, () => talkPrevious(register(manager))));
  const completed = clients.map((client) => {
    const ids: string[] = [];
    client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
      ids.push(params.elicitationId);
    });
    return ids;
  });
  const links = await Promise.all(clients.map(ask));
  expect(countOf(copilot.simulator, "device_code")).toBe(1);
  const ids = links.map((link) => link?.elicitationId);
  expect(new Set(ids).size).toBe(3);
  await clients[2]?.close();

  const begun = await manager.acquire();
  if (begun.status !== "pending") throw new Error(begun.status);
  copilot.simulator.approve(begun.userCode);

  await vi.waitFor(() => expect(completed).toEqual([[ids[0]], [ids[1]], []]), SOON);
});

test("a sign-in that was stopped or has expired does not affect the next one", async () => {
  await using copilot = await startSimulatedCopilot();
  const store = createMemoryStore();
  await using manager = openManager(copilot.simulator, { store });
  const client = await talkPrevious(register(manager));
  const first = await ask(client);
  await manager.signOut();
  const second = await ask(client);
  expect(second?.url).toBe(first?.url);
  expect(second?.elicitationId).not.toBe(first?.elicitationId);

  const begun = await manager.acquire();
  if (begun.status !== "pending") throw new Error(begun.status);
  copilot.simulator.deny(begun.userCode);
  await vi.waitFor(
    async () => expect((await ask(client))?.message).toMatch(/^The sign-in was denied: /),
    SOON,
  );
  await manager.signOut();
  await using elsewhere = openManager(copilot.simulator, { store });
  await elsewhere.signIn({ onUserCode: ({ userCode }) => copilot.simulator.approve(userCode) });
  expect(await client.callTool({ name: "ask" })).toMatchObject({ content: [{ text: "done" }] });
  await manager.signOut();
  expect((await ask(client))?.message).toMatch(/^Open /);
});

test("a server that loaded version 1 by require gets text in copilot of the error", async () => {
  await using copilot = await startSimulatedCopilot();
  await using manager = openManager(copilot.simulator);
  const require = createRequire(import.meta.url);
  const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js") as typeof Mcp;
  const client = await talkPrevious(register(manager), new McpServer({ name: "test", version: "1" }));

  expect(await client.callTool({ name: "ask" })).toMatchObject({
    isError: true,
    content: [
      {
        text: expect.stringMatching(
          /Open \S+ and enter the code \S+ .*, then call this tool again\. GitHub will name the app "GitHub Copilot Plugin".*\.$/,
        ),
      },
    ],
  });
});
