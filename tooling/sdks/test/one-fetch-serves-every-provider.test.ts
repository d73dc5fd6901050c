import Anthropic, { APIConnectionError } from "@anthropic-ai/sdk";
import { anthropicOptions, clientOptions, createFetch, createTokenManager } from "@tokenflow/core";
import { createHyperGrant, createHyperProvider } from "@tokenflow/provider-hyper";
import { startSimulator } from "@tokenflow/simulator";
import OpenAI from "openai";
import { fetch as undiciFetch } from "undici";
import { expect, test } from "vitest";

const model = "kimi-k2.5";
const messages = [{ role: "user" as const, content: "Hyper?" }];

test("both SDKs use Hyper with one session, each at its own address", async () => {
  await using simulator = await startSimulator();
  const provider = createHyperProvider({ url: simulator.hyperUrl });
  const grant = createHyperGrant(simulator.createGrant("hyper"));
  await using manager = createTokenManager({ provider, grant });

  const openai = new OpenAI(clientOptions(manager));
  const anthropic = new Anthropic(anthropicOptions(manager));
  for (const round of [1, 2]) {
    const [chat, message] = await Promise.all([
      openai.chat.completions.create({ model, messages }),
      anthropic.messages.create({ model, messages, max_tokens: 100 }),
    ]);
    expect(chat.choices[0]?.message.content).toContain("Hyper?");
    expect(JSON.stringify(message.content)).toContain("Hyper?");
    expect(simulator.counts.exchanges).toBe(round);
    simulator.expireTokens();
  }
  const paths = simulator.journal.map(({ path, status }) => `${status} ${path}`);
  expect(new Set(paths.filter((path) => path.startsWith("200")))).toEqual(
    new Set(["200 /v1/chat/completions", "200 /v1/messages", "200 /token/exchange"]),
  );
});

test("createFetch accepts undici's fetch", async () => {
  await using simulator = await startSimulator();
  const provider = createHyperProvider({ url: simulator.hyperUrl });
  const grant = createHyperGrant(simulator.createGrant("hyper"));
  await using manager = createTokenManager({ provider, grant });
  // undici's types differ from the platform's.
  const fetch = createFetch(manager, { fetch: undiciFetch as unknown as typeof globalThis.fetch });
  const url = `${provider.upstream.baseUrl}/chat/completions`;
  const body = JSON.stringify({ model, messages });
  for (const input of [url, new Request(url, { method: "POST", body })]) {
    const response = await fetch(input, { method: "POST", body });
    expect(await response.text()).toContain("Hyper?");
    simulator.expireTokens();
  }
  expect(simulator.counts).toMatchObject({ exchanges: 2, refusals: 1 });
});

test("an SDK's error has ours as its cause, with a hint", async () => {
  await using simulator = await startSimulator();
  await using manager = createTokenManager({ provider: createHyperProvider({ url: simulator.hyperUrl }) });
  const anthropic = new Anthropic({ ...anthropicOptions(manager), maxRetries: 0 });
  const error: unknown = await anthropic.models.list().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(APIConnectionError);
  expect(error).toMatchObject({ cause: { code: "session.signed_out", hint: expect.any(String) } });
});
