import { createTokenManager } from "@tokenflow/core";
import type { ProxyLogEntry } from "@tokenflow/proxy";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

type Listener = Parameters<typeof startUpstream>[0];

/** Asks once through a proxy whose upstream sends headers of its own, and returns the request's log entry. */
async function logOf(listener: Listener, body: object): Promise<ProxyLogEntry> {
  const ended = Promise.withResolvers<ProxyLogEntry>();
  await using upstream = await startUpstream(listener);
  const { provider } = upstream.manager;
  const { upstream: api } = provider;
  if (!api) throw new Error("The test's provider has an upstream");
  const headers = () => ({ "x-initiator": "agent", "x-interaction-id": "conversation-1" });
  await using manager = createTokenManager({
    provider: { ...provider, upstream: { ...api, headers } },
    grant: {},
  });
  await using proxy = await startProxy({ sessions: [{ manager }], log: ended.resolve });
  const answered = await fetch(`${proxy.url}/v1/responses`, { method: "POST", body: JSON.stringify(body) });
  await answered.text();
  return await ended.promise;
}

test("an answer's model, turn, conversation, tokens and credits are in the log, and none of its words", async () => {
  const said = 'I used "input_tokens": 999 of them';
  const entry = await logOf(
    (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify({ type: "message_start", usage: { input_tokens: 12 } })}\n\n`);
      for (let count = 0; count < 400; count += 1) {
        response.write(`data: ${JSON.stringify({ type: "delta", text: said })}\n\n`);
      }
      const copilotUsage = { total_nano_aiu: 250_000_000 };
      response.end(
        `data: ${JSON.stringify({ usage: { output_tokens: 34 }, copilot_usage: copilotUsage })}\n\n`,
      );
    },
    { model: "gpt-5.4", input: "hello" },
  );
  expect(entry).toMatchObject({
    type: "request",
    status: 200,
    model: "gpt-5.4",
    initiator: "agent",
    interaction: expect.stringMatching(/^[\da-f]{8}$/),
    inputTokens: 12,
    outputTokens: 34,
    credits: 0.25,
  });
  expect(JSON.stringify(entry)).not.toMatch(/hello|conversation-1|of them/);
});

test("an error's code is in the log, and not its sentence", async () => {
  const entry = await logOf(
    (_request, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { code: "model_not_supported", message: "secret words" } }));
    },
    { model: "gpt-5.4" },
  );
  expect(entry).toMatchObject({ status: 400, model: "gpt-5.4", upstreamCode: "model_not_supported" });
  expect(JSON.stringify(entry)).not.toContain("secret words");
});
