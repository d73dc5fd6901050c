import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientOptions, createTokenManager } from "@tokenflow/core";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { startSimulator } from "@tokenflow/simulator";
import { createFileStore } from "@tokenflow/store-file";
import OpenAI from "openai";
import { expect, test } from "vitest";

test("the README's first example: an SDK with one argument streams, and outlives its token", async () => {
  await using simulator = await startSimulator({ interval: 1 });
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-example-"));
  try {
    const { githubUrl, githubApiUrl, copilotUrl } = simulator;
    const provider = createCopilotProvider({ githubUrl, githubApiUrl, copilotApiUrl: copilotUrl });
    await using manager = createTokenManager({ provider, store: createFileStore({ folder }) });
    const session = await manager.signIn({ onUserCode: ({ userCode }) => simulator.approve(userCode) });
    expect(session.token).toBeDefined();

    const openai = new OpenAI(clientOptions(manager));
    const ask = async (): Promise<string> => {
      const stream = await openai.chat.completions.create({
        model: "gpt-4.1",
        stream: true,
        messages: [{ role: "user", content: "one argument?" }],
      });
      let answer = "";
      for await (const chunk of stream) answer += chunk.choices[0]?.delta.content ?? "";
      return answer;
    };
    expect(await ask()).toContain("one argument?");
    simulator.expireTokens();
    expect(await ask()).toContain("one argument?");
    expect(simulator.counts.tokens).toBe(2);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
