import Anthropic, { AuthenticationError, BadRequestError } from "@anthropic-ai/sdk";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { failureOf } from "../fixtures/requests.ts";
import { startProxy, until } from "../fixtures/upstream.ts";

const model = "claude-sonnet-4.5";
const messages = [{ role: "user" as const, content: "Are you there?" }];
const call = { model, max_tokens: 100, messages };

function client(url: string): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: "unused", maxRetries: 0 });
}

test("it reads a complete message and a stream, and counts tokens", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const anthropic = client(proxy.url);

  const whole = await anthropic.messages.create(call);
  const stream = anthropic.messages.stream(call);
  const streamed = await stream.finalMessage();
  const counted = await anthropic.messages.countTokens({ model, messages });

  expect(whole.content[0]).toMatchObject({ type: "text", text: expect.stringContaining("Are you there?") });
  expect(streamed.content).toMatchObject(whole.content);
  expect(counted.input_tokens).toBeGreaterThan(0);
  const asked = copilot.simulator.journal.filter(({ kind }) => /messages|count_tokens/.test(kind));
  // The API refuses the editor of the first one.
  expect(asked.map(({ path }) => path)).toEqual([
    "/v1/messages",
    "/v1/messages",
    "/v1/messages",
    "/v1/messages/count_tokens",
  ]);
  expect(asked[0]?.headers["anthropic-version"]).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test("a tool is called, and its result gets a response", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const tools = [{ name: "look", input_schema: { type: "object" as const } }];
  const anthropic = client(proxy.url);

  const first = await anthropic.messages.stream({ ...call, tools }).finalMessage();
  const [use] = first.content;
  if (use?.type !== "tool_use") throw new Error("no tool was called");
  const result = { type: "tool_result" as const, tool_use_id: use.id, content: "a house" };
  const second = await anthropic.messages.create({
    ...call,
    tools,
    messages: [
      ...messages,
      { role: "assistant", content: first.content },
      { role: "user", content: [result] },
    ],
  });

  expect(use).toMatchObject({ name: "look", input: { question: "Are you there?" } });
  expect(second.content[0]).toMatchObject({ type: "text" });
  const initiators = copilot.simulator.journal
    .filter(({ kind }) => kind === "messages")
    .map(({ headers }) => headers["x-initiator"]);
  // The API refuses the editor of the first one.
  expect(initiators).toEqual(["user", "user", "agent"]);
});

test("aborting a stream aborts the upstream", async () => {
  await using copilot = await startCopilot({ chunks: 2000, chunkDelay: 5 });
  await using proxy = await startProxy({ sessions: [copilot] });

  const stream = await client(proxy.url).messages.create({ ...call, stream: true });
  for await (const _event of stream) break;
  stream.controller.abort();

  await until(() => copilot.simulator.counts.aborted === 1, "the simulator saw the abort");
});

test("it prints the proxy's errors in its own dialect, with code and hint", async () => {
  await using copilot = await startCopilot({ signedIn: false });
  await using proxy = await startProxy({ sessions: [copilot] });
  const anthropic = client(proxy.url);

  const failures = await Promise.all([
    failureOf(anthropic.messages.create(call)),
    failureOf(anthropic.messages.create({ ...call, stream: true })),
    failureOf(anthropic.messages.countTokens({ model, messages })),
  ]);

  for (const failure of failures) {
    expect(failure).toBeInstanceOf(AuthenticationError);
    expect(failure).toMatchObject({
      type: "authentication_error",
      error: {
        type: "error",
        error: {
          type: "authentication_error",
          code: "session.signed_out",
          message: expect.stringMatching(
            /^Not signed in to GitHub Copilot\. Open http\S+ and enter [A-Z0-9]{4}-[A-Z0-9]{4}, then try again\. GitHub will name the app "GitHub Copilot Plugin"; .*\.$/,
          ),
        },
      },
    });
    expect(String(failure)).toMatch(/401 .*Not signed in to GitHub Copilot\. Open http/);
  }
});

test("it prints the upstream's errors as the upstream wrote them", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const body = { type: "error", error: { type: "invalid_request_error", message: "max_tokens: too many" } };
  copilot.simulator.fault({ service: "copilot", path: "/v1/messages", status: 400, body });

  const failure = await failureOf(client(proxy.url).messages.create(call));

  expect(failure).toBeInstanceOf(BadRequestError);
  expect(failure).toMatchObject({ error: body });
});
