import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { commandOf } from "./support/conversation.ts";
import { countOf, startSimulatedCopilot } from "./support/simulated-copilot.ts";

const links = { elicitation: { url: {} } };

/** A client that names no links, and one of a revision that had none. */
const CLIENTS = [
  { server: "server.ts", protocolVersion: "2025-06-18", capabilities: links },
  { server: "server-v1.ts", protocolVersion: "2025-11-25", capabilities: {} },
] as const;

test.concurrent.each(CLIENTS)(
  "$server speaks JSON-RPC alone, and ends when its client has gone, although a sign-in waits for a person",
  async ({ server, protocolVersion, capabilities }) => {
    const lines = [
      {
        id: 1,
        method: "initialize",
        params: { protocolVersion, capabilities, clientInfo: { name: "test", version: "1" } },
      },
      { method: "notifications/initialized" },
      { id: 2, method: "tools/call", params: { name: "list_models", arguments: {} } },
    ];
    await using copilot = await startSimulatedCopilot();
    const { command, args, env } = commandOf({ server, env: copilot.env });
    const child: ChildProcess = spawn(command, args, { env, stdio: ["pipe", "pipe", "ignore"] });
    const ended = once(child, "exit");
    let stdout = "";
    child.stdout?.on("data", (chunk) => (stdout += String(chunk)));
    for (const line of lines) child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", ...line })}\n`);
    await vi.waitFor(() => expect(stdout).toContain("then call this tool again"), { timeout: 15_000 });

    child.stdin?.end();

    expect(await ended).toEqual([0, null]);
    expect(countOf(copilot.simulator, "device_code")).toBe(1);
    const said = stdout.trimEnd().split("\n");
    expect(said.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ jsonrpc: "2.0", id: 1 }),
      expect.objectContaining({ jsonrpc: "2.0", id: 2, result: expect.objectContaining({ isError: true }) }),
    ]);
  },
);
