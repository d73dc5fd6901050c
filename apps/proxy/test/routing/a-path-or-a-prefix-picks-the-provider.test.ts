import OpenAI from "openai";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { failureOf, hyperManager, post } from "../fixtures/requests.ts";
import { startProxy } from "../fixtures/upstream.ts";

const messages = [{ role: "user" as const, content: "Who are you?" }];

test.each([
  ["/models", "copilot", "/models"],
  ["/copilot/v1/models", "copilot", "/models"],
  ["/hyper/v1/models", "hyper", "/v1/models"],
])("%s is served by %s", async (path, service, upstreamPath) => {
  await using copilot = await startCopilot();
  const hyper = hyperManager(copilot.simulator);
  await using proxy = await startProxy({ sessions: [copilot, { manager: hyper }] });

  const answer = await fetch(proxy.url + path);
  await answer.arrayBuffer();

  expect(answer.status).toBe(200);
  expect(copilot.simulator.journal.map((entry) => [entry.service, entry.path])).toContainEqual([
    service,
    upstreamPath,
  ]);
});

test.each([
  ["/v1/chat/completions", "gpt-4.1", "copilot", "gpt-4.1"],
  ["/v1/chat/completions", "copilot/gpt-4.1", "copilot", "gpt-4.1"],
  ["/v1/chat/completions", "hyper/kimi-k2.5", "hyper", "kimi-k2.5"],
  ["/chat/completions", "hyper/kimi-k2.5", "hyper", "kimi-k2.5"],
  ["/hyper/v1/chat/completions", "kimi-k2.5", "hyper", "kimi-k2.5"],
  ["/hyper/v1/chat/completions", "hyper/kimi-k2.5", "hyper", "kimi-k2.5"],
  ["/v1/messages", "hyper/kimi-k2.5", "hyper", "kimi-k2.5"],
])("%s with the model %s goes to %s", async (path, model, service, name) => {
  await using copilot = await startCopilot();
  const hyper = hyperManager(copilot.simulator);
  await using proxy = await startProxy({ sessions: [copilot, { manager: hyper }] });

  const { status, text } = await post(proxy.url + path, { model, max_tokens: 9, messages });

  expect(text).toContain("Who are you?");
  expect(status).toBe(200);
  expect(copilot.simulator.journal.at(-1)).toMatchObject({ service, model: name });
});

test.each(["copilot/gpt-4.1", "hyper/", "/kimi-k2.5", "elsewhere/kimi-k2.5"])(
  "%s selects no other provider if the path names one, or the prefix none",
  async (model) => {
    await using copilot = await startCopilot();
    const hyper = hyperManager(copilot.simulator);
    await using proxy = await startProxy({ sessions: [copilot, { manager: hyper }] });

    const { status } = await post(`${proxy.url}/hyper/v1/chat/completions`, { model, messages });

    expect(status).toBe(404);
    expect(copilot.simulator.journal.at(-1)).toMatchObject({ service: "hyper", model });
  },
);

test("the models of all sessions are one list, and each can be called by its name in the list", async () => {
  await using copilot = await startCopilot();
  const hyper = hyperManager(copilot.simulator);
  await using proxy = await startProxy({ sessions: [copilot, { manager: hyper }, copilot] });
  const openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: "unused", maxRetries: 0 });

  const { data } = await openai.models.list();

  expect(data.map(({ id }) => id)).toEqual([
    "gpt-4.1",
    "claude-sonnet-4",
    "claude-sonnet-4.5",
    "gpt-5-mini",
    "gpt-5-codex",
    "text-embedding-3-small",
    "hyper/kimi-k2.5",
    "hyper/deepseek-v3.2",
  ]);
  expect(data[0]).toMatchObject({ object: "model", capabilities: { type: "chat" } });
  for (const { id } of data.filter(({ id: name }) => !/codex|embedding/.test(name))) {
    const { choices } = await openai.chat.completions.create({ model: id, messages });
    expect(choices[0]?.message.content).toContain("Who are you?");
  }
});

test.each(["nobody signed in", "an outage"])(
  "a session with %s does not hide the others' models",
  async (trouble) => {
    await using copilot = await startCopilot({ signedIn: trouble !== "nobody signed in" });
    copilot.simulator.fault({ service: "github-api", status: 503, count: 100 });
    const hyper = hyperManager(copilot.simulator);
    await using proxy = await startProxy({ sessions: [copilot, { manager: hyper }] });

    const answer = await fetch(`${proxy.url}/v1/models`);

    expect(await answer.json()).toMatchObject({
      data: [{ id: "hyper/kimi-k2.5" }, { id: "hyper/deepseek-v3.2" }],
    });
  },
);

test("when no session returns its models, the first one's error is returned", async () => {
  await using copilot = await startCopilot({ signedIn: false });
  const hyper = hyperManager(copilot.simulator);
  copilot.simulator.fault({ service: "hyper", status: 503, count: 100 });
  await using proxy = await startProxy({ sessions: [copilot, { manager: hyper }] });
  const openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: "unused", maxRetries: 0 });

  expect(await failureOf(openai.models.list())).toMatchObject({ status: 401, code: "session.signed_out" });
});
