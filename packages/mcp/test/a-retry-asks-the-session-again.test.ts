import { requireToken } from "@tokenflow/mcp";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { openManager, talkCurrent } from "./support/in-process.ts";
import { countOf, startSimulatedCopilot } from "./support/simulated-copilot.ts";

const text = (content: string) => ({ content: [{ type: "text" as const, text: content }] });
const SOON = { timeout: 10_000 };

test("a person who signs in before they accept the link is served by the same call", async () => {
  await using copilot = await startSimulatedCopilot();
  await using manager = openManager(copilot.simulator);
  const opened: string[] = [];
  await using client = disposable(
    await talkCurrent(
      (server) =>
        server.registerTool(
          "ask",
          { inputSchema: z.object({ question: z.string() }) },
          requireToken(server, manager, (token, { question }, { mcpReq }) =>
            text(`${token.isAlive()} ${question} ${mcpReq.signal.aborted}`),
          ),
        ),
      async (url) => {
        opened.push(url);
        const begun = await manager.acquire();
        if (begun.status === "pending") copilot.simulator.approve(begun.userCode);
        await vi.waitFor(async () => expect((await manager.acquire()).status).toBe("authorized"), SOON);
        return "accept";
      },
    ),
  );

  const answer = await client.callTool({ name: "ask", arguments: { question: "why" } });
  expect(answer).toMatchObject(text("true why false"));
  expect(opened).toEqual([`${copilot.simulator.githubUrl}/login/device`]);
});

test.each([
  [
    "accept",
    /^Not signed in to GitHub Copilot yet\. Open \S+ and enter the code \S+ .*, then call this tool again\. GitHub will name the app "GitHub Copilot Plugin".*\.$/,
  ],
  [
    "decline",
    /^Not signed in to GitHub Copilot: the answer to the request was "decline"\. Call this tool again/,
  ],
  [
    "cancel",
    /^Not signed in to GitHub Copilot: the answer to the request was "cancel"\. Call this tool again/,
  ],
] as const)("a client that answers %s at once is asked once, and then gets text", async (action, words) => {
  await using copilot = await startSimulatedCopilot();
  await using manager = openManager(copilot.simulator);
  let asked = 0;
  await using client = disposable(
    await talkCurrent(
      (server) =>
        server.registerTool(
          "ask",
          {},
          requireToken(server, manager, () => text("done")),
        ),
      async () => {
        asked += 1;
        return action;
      },
    ),
  );

  expect(await client.callTool({ name: "ask" })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(words) }],
  });
  expect(asked).toBe(1);
  expect(countOf(copilot.simulator, "device_code")).toBe(1);
});

function disposable<T extends { close(): Promise<void> }>(client: T): T & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}
