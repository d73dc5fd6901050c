import { setupLines, startLines } from "@tokenflow/proxy";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";

const URL = "http://127.0.0.1:1";
const lineOf = (lines: readonly string[], client: string): string | undefined =>
  lines.find((line) => line.startsWith(client));

test("Codex gets one that is served at Responses, aider one of Chat Completions", async () => {
  await using copilot = await startCopilot();
  await copilot.manager.getToken();
  const lines = await startLines({ url: URL, sessions: [copilot] });
  expect(lineOf(lines, "codex")).toContain(" codex -m gpt-5-codex -c model_provider=tokenflow ");
  expect(lineOf(lines, "aider")).toContain("aider --model openai/claude-sonnet-4");
});

test("without a sign-in, or without a catalog, the place of the name is shown", async () => {
  await using copilot = await startCopilot({ signedIn: false });
  const lines = await startLines({ url: URL, sessions: [copilot] });
  expect(lineOf(lines, "codex")).toContain("codex -m <model> ");
  expect(copilot.simulator.journal).toEqual([]);
  await using away = await startCopilot();
  away.simulator.fault({ service: "copilot", path: "/models", status: 503 });
  expect(lineOf(await startLines({ url: URL, sessions: [away] }), "aider")).toContain("openai/<model>");
});

test("a name that a shell would read in another way is not shown", async () => {
  await using copilot = await startCopilot();
  const { manager } = copilot;
  const { upstream } = manager.provider;
  if (!upstream) throw new Error("Copilot has an upstream");
  const endpoints = ["/responses"];
  const models = async () => [
    { id: "a; rm -rf ~", endpoints },
    { id: "b\r\nc", endpoints },
    { id: "d", endpoints },
  ];
  await manager.getToken();
  const odd = { ...manager, provider: { ...manager.provider, upstream: { ...upstream, models } } };
  expect(lineOf(await startLines({ url: URL, sessions: [{ manager: odd }] }), "codex")).toContain(
    "codex -m d ",
  );
  expect(
    setupLines(URL)
      .map(({ text }) => text)
      .join(),
  ).toContain("codex -m <model> ");
});
