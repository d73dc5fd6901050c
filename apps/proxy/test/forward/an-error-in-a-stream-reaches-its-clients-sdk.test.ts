import Anthropic from "@anthropic-ai/sdk";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { failureOf } from "../fixtures/requests.ts";
import { type RunningProxy, startProxy, startUpstream } from "../fixtures/upstream.ts";

const OWN = 'data: {"error":{"message":"Slow down.","code":"user_model_rate_limited"}}\n\n';
const question = [{ role: "user" as const, content: "?" }];

/** Starts a proxy whose upstream sends these events, as Copilot would. */
async function start(
  text: string,
  isCut = false,
): Promise<{ readonly proxy: RunningProxy } & AsyncDisposable> {
  const { repairAnswer, paths } = createCopilotProvider().upstream ?? {};
  const upstream = await startUpstream(
    (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(text, () => {
        if (isCut) setTimeout(() => response.destroy(), 20);
        else response.end();
      });
    },
    { repairAnswer, paths },
  );
  const proxy = await startProxy({ sessions: [upstream] });
  return {
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

async function askMessages({ url }: RunningProxy): Promise<unknown> {
  const anthropic = new Anthropic({ baseURL: url, apiKey: "unused", maxRetries: 0 });
  const call = { model: "m", max_tokens: 9, messages: question, stream: true as const };
  return failureOf(
    (async () => {
      for await (const _event of await anthropic.messages.create(call));
    })(),
  );
}

async function askResponses({ url }: RunningProxy): Promise<unknown> {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: "unused", maxRetries: 0 });
  return failureOf(
    (async () => {
      for await (const _event of await openai.responses.create({ model: "m", input: "?", stream: true }));
    })(),
  );
}

test("Anthropic's SDK throws the service's own error as one of its types", async () => {
  await using started = await start(`event: ping\ndata: {"type":"ping"}\n\n${OWN}`);
  expect(await askMessages(started.proxy)).toMatchObject({
    type: "rate_limit_error",
    error: { error: { message: "Slow down.", code: "user_model_rate_limited" } },
  });
});

test("the openai SDK throws it with its code", async () => {
  const created = 'event: response.created\ndata: {"type":"response.created","response":{"id":"1"}}\n\n';
  await using started = await start(created + OWN);
  const failure = await askResponses(started.proxy);
  expect(failure).toMatchObject({ code: "user_model_rate_limited", type: "server_error" });
  expect(String(failure)).toContain("Slow down.");
});

test("a Responses stream that is cut ends with an event of that API", async () => {
  const created = 'event: response.created\ndata: {"type":"response.created","response":{"id":"1"}}\n\n';
  await using started = await start(created, true);
  expect(await askResponses(started.proxy)).toMatchObject({ code: "provider.unavailable" });
  const response = await fetch(`${started.proxy.url}/v1/responses`, {
    method: "POST",
    body: JSON.stringify({ model: "m", input: "?", stream: true }),
  });
  let text = "";
  try {
    for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk);
  } catch {
    // The connection breaks.
  }
  const [, data = "{}"] = text.split("event: error\ndata: ");
  expect(JSON.parse(data)).toMatchObject({
    type: "error",
    sequence_number: 0,
    message: expect.stringContaining("Connection lost"),
    error: { code: "provider.unavailable", type: "server_error" },
  });
});
