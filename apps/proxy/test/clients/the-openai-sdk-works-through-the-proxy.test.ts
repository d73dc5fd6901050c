import OpenAI, { AuthenticationError, BadRequestError } from "openai";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { failureOf } from "../fixtures/requests.ts";
import { startProxy } from "../fixtures/upstream.ts";

const model = "gpt-4.1";
const messages = [{ role: "user" as const, content: "Are you there?" }];

function client(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "unused", maxRetries: 0 });
}

test("it lists models, and reads a complete response and a stream", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const openai = client(proxy.url);
  const { data } = await openai.models.list();
  expect(data.map(({ id }) => id)).toContain(model);

  const whole = await openai.chat.completions.create({ model, messages });
  expect(whole.choices[0]?.message.content).toContain("Are you there?");

  const stream = await openai.chat.completions.create({ model, messages, stream: true });
  let text = "";
  let pieces = 0;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    pieces += 1;
  }
  expect(text).toBe(whole.choices[0]?.message.content);
  expect(pieces).toBeGreaterThan(5);
  expect(copilot.simulator.counts.exchanges).toBe(1);
});

test("a tool is called in a stream, and its result gets a response", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const openai = client(proxy.url);
  const tools = [{ type: "function" as const, function: { name: "look", parameters: {} } }];

  const first = await openai.chat.completions.stream({ model, messages, tools }).finalChatCompletion();
  const [asked] = first.choices;
  const [called] = asked?.message.tool_calls ?? [];
  if (!asked || called?.type !== "function") throw new Error("no tool was called");
  const result = { role: "tool" as const, tool_call_id: called.id, content: "a house" };
  const second = await openai.chat.completions.create({
    model,
    tools,
    messages: [...messages, asked.message, result],
  });

  expect(asked.finish_reason).toBe("tool_calls");
  expect(called.function).toMatchObject({ name: "look", arguments: '{"question":"Are you there?"}' });
  expect(second.choices[0]?.message.content).toContain("Are you there?");
  const turns = copilot.simulator.journal.filter(({ kind }) => kind === "chat");
  // The API refuses the editor of the first one.
  expect(turns.map(({ headers }) => headers["x-initiator"])).toEqual(["user", "user", "agent"]);
});

test("an image is announced to the upstream, which requires that", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const image = { type: "image_url" as const, image_url: { url: "data:image/png;base64,AAAA" } };

  const { choices } = await client(proxy.url).chat.completions.create({
    model,
    messages: [{ role: "user", content: [{ type: "text", text: "What is it?" }, image] }],
  });

  expect(choices[0]?.message.content).toContain("What is it?");
  expect(copilot.simulator.journal.at(-1)?.headers["copilot-vision-request"]).toBe("true");
});

test("it reads responses, complete and streamed, and embeddings", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const openai = client(proxy.url);
  const asked = { model: "gpt-5-codex", input: "Are you there?" };

  const whole = await openai.responses.create(asked);
  const types = [];
  for await (const event of await openai.responses.create({ ...asked, stream: true })) types.push(event.type);
  const { data } = await openai.embeddings.create({ model: "text-embedding-3-small", input: ["a", "b"] });

  expect(whole.output_text).toContain("Are you there?");
  expect([types[0], types.at(-1)]).toEqual(["response.created", "response.completed"]);
  expect(data.map(({ embedding }) => embedding.length)).toEqual([16, 16]);
});

test("it prints the proxy's errors with their code and hint", async () => {
  await using copilot = await startCopilot({ signedIn: false });
  await using proxy = await startProxy({ sessions: [copilot] });

  const error = await failureOf(client(proxy.url).models.list());

  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error).toMatchObject({ status: 401, code: "session.signed_out", type: "authentication_error" });
  expect(String(error)).toMatch(
    /401 Not signed in to GitHub Copilot\. Open http\S+ and enter [A-Z0-9]{4}-[A-Z0-9]{4}/,
  );
});

test("it prints the upstream's errors as the upstream wrote them", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const body = { error: { message: "The requested model is not supported.", code: "model_not_supported" } };
  copilot.simulator.fault({ service: "copilot", status: 400, body });

  const error = await failureOf(client(proxy.url).models.list());

  expect(error).toBeInstanceOf(BadRequestError);
  expect(error).toMatchObject({ code: "model_not_supported", error: body.error });
});
