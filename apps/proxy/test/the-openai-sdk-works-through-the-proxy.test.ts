import OpenAI, { AuthenticationError, BadRequestError } from "openai";
import { expect, test } from "vitest";
import { startCopilot } from "./fixtures/copilot.ts";
import { startProxy } from "./fixtures/upstream.ts";

const model = "gpt-4.1";
const messages = [{ role: "user" as const, content: "Are you there?" }];

function client(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "unused", maxRetries: 0 });
}

test("models, a whole answer, and a stream", async () => {
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

test("it prints our errors with their code and what to do", async () => {
  await using copilot = await startCopilot({ signedIn: false });
  await using proxy = await startProxy({ sessions: [copilot] });

  const error = await client(proxy.url)
    .models.list()
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );

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

  const error = await client(proxy.url)
    .models.list()
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );

  expect(error).toBeInstanceOf(BadRequestError);
  expect(error).toMatchObject({ code: "model_not_supported", error: body.error });
});
