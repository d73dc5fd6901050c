import Anthropic from "@anthropic-ai/sdk";
import { createTokenManager, type Model, type Provider } from "@tokenflow/core";
import OpenAI, { BadRequestError } from "openai";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { failureOf, hyperManager, post } from "../fixtures/requests.ts";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const messages = [{ role: "user" as const, content: "Are you there?" }];

test("without translation both SDKs print the right path for the model, and the upstream gets no request", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot], dialects: false });
  const openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: "unused", maxRetries: 0 });
  const anthropic = new Anthropic({ baseURL: proxy.url, apiKey: "unused", maxRetries: 0 });

  const chat = await failureOf(openai.chat.completions.create({ model: "gpt-5-codex", messages }));
  const message = await failureOf(anthropic.messages.create({ model: "gpt-4.1", max_tokens: 9, messages }));
  const count = await failureOf(anthropic.messages.countTokens({ model: "gpt-4.1", messages }));

  expect(chat).toBeInstanceOf(BadRequestError);
  expect(chat).toMatchObject({ code: "request.wrong_path", type: "invalid_request_error" });
  expect(String(chat)).toContain(
    "400 GitHub Copilot does not serve gpt-5-codex at /v1/chat/completions. Send it to POST /v1/responses.",
  );
  for (const [failure, path] of [
    [message, "/v1/messages"],
    [count, "/v1/messages/count_tokens"],
  ] as const) {
    expect(failure).toMatchObject({ status: 400, error: { error: { code: "request.wrong_path" } } });
    expect(String(failure)).toContain(
      `GitHub Copilot does not serve gpt-4.1 at ${path}. Send it to POST /v1/chat/completions or POST /v1/responses.`,
    );
  }
  const claude = await failureOf(openai.responses.create({ model: "claude-sonnet-4.5", input: "?" }));
  expect(String(claude)).toContain("Send it to POST /v1/chat/completions or POST /v1/messages.");
  expect(copilot.simulator.counts.modelCalls).toBe(0);
});

test("an upstream without the path gets its own paths named", async () => {
  await using copilot = await startCopilot();
  const hyper = hyperManager(copilot.simulator);
  await using proxy = await startProxy({ sessions: [copilot, { manager: hyper }], dialects: false });

  const named = await post(`${proxy.url}/hyper/v1/responses`, { model: "kimi-k2.5", input: "?" });
  const prefixed = await post(`${proxy.url}/v1/embeddings`, { model: "hyper/kimi-k2.5", input: "?" });

  for (const { status, text } of [named, prefixed]) {
    expect(status).toBe(400);
    expect(text).toMatch(
      /Hyper does not serve \/v1\/(?:responses|embeddings)\. It serves [^"]*\/v1\/chat\/completions/,
    );
  }
});

test.each<[string, Model, number, string]>([
  [
    "only on a path that the proxy does not forward",
    { id: "m", endpoints: ["ws:/responses"] },
    400,
    "only at ws:/responses",
  ],
  ["on no path that the catalog names", { id: "m", endpoints: [] }, 200, "fine"],
  ["without a word about it", { id: "m" }, 200, "fine"],
])("a model that is served %s", async (_where, model, status, words) => {
  await using upstream = await startUpstream((_request, response) => response.end("fine"));
  const { provider: plain } = upstream.manager;
  const provider: Provider = {
    ...plain,
    upstream: {
      baseUrl: upstream.url,
      address: () => upstream.url,
      headers: () => ({}),
      isTokenRejected: () => false,
      models: async () => [model],
    },
  };
  await using manager = createTokenManager({ provider, grant: { secret: "grant" } });
  await using proxy = await startProxy({ sessions: [{ manager }] });

  const answer = await post(`${proxy.url}/v1/chat/completions`, { model: "m", messages });

  expect(answer.status).toBe(status);
  expect(answer.text).toContain(words);
});
