import { brotliCompressSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createUnpacker } from "../../src/body/unpack.ts";
import { findUsage } from "../../src/observe/usage-members.ts";
import { createUsageReader } from "../../src/observe/usage-reader.ts";

const price = { total_nano_aiu: 1_250_000_000, token_details: [{ token_type: "input", token_count: 3 }] };
const events = (...list: readonly object[]): string =>
  list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");

test.each([
  [
    "a chat answer",
    JSON.stringify({
      choices: [{ message: { content: "hi" } }],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 4,
        prompt_tokens_details: { cached_tokens: 6 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
      copilot_usage: price,
    }),
    { inputTokens: 10, cachedTokens: 6, outputTokens: 4, reasoningTokens: 2, credits: 1.25 },
  ],
  [
    "a chat stream, whose earlier chunks have no usage",
    `${events({ choices: [], usage: null }, { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } })}data: [DONE]\n\n`,
    { inputTokens: 1, outputTokens: 2 },
  ],
  [
    "Messages, which count the cache beside the input",
    JSON.stringify({
      content: [],
      usage: {
        input_tokens: 5,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 7,
        output_tokens: 9,
      },
    }),
    { inputTokens: 112, cachedTokens: 100, outputTokens: 9 },
  ],
  [
    "a stream of Messages, which begins with the input",
    events(
      { type: "message_start", message: { usage: { input_tokens: 12, output_tokens: 1 } } },
      { type: "content_block_delta", delta: { text: "x" } },
      { type: "message_delta", delta: {}, usage: { output_tokens: 34 }, copilot_usage: price },
    ),
    { inputTokens: 12, outputTokens: 34, credits: 1.25 },
  ],
  [
    "a stream of Responses, with the price inside of the usage",
    events({
      type: "response.completed",
      response: {
        output: [],
        usage: { input_tokens: 8, output_tokens: 2, copilot_usage: price },
        metadata: {},
      },
    }),
    { inputTokens: 8, outputTokens: 2, credits: 1.25 },
  ],
  [
    "indented JSON",
    JSON.stringify({ usage: { prompt_tokens: 3, total_tokens: 3 } }, undefined, 2),
    { inputTokens: 3 },
  ],
  [
    "a stream of Responses that failed without figures",
    events({ type: "response.failed", response: { error: { code: "server_error" }, usage: null } }),
    { interrupted: true },
  ],
  [
    "a stream of Responses that failed and tells its figures",
    events({ type: "response.failed", response: { usage: { input_tokens: 8, output_tokens: 2 } } }),
    { inputTokens: 8, outputTokens: 2 },
  ],
  ["counts that are none", '{"usage":{"prompt_tokens":-1,"completion_tokens":"many"}}', {}],
  ["a body without usage", '{"choices":[]}', {}],
  ["an event that is cut", 'data: {"usage":{"prompt_tokens":3', {}],
])("%s", (_name, text, usage) => {
  expect(findUsage(text, true)).toEqual(usage);
});

test("what a model wrote is not counted, in a text or as the input of a tool", () => {
  const written = {
    usage: { input_tokens: 999, output_tokens: 999 },
    copilot_usage: { total_nano_aiu: 9e15 },
  };
  const content = [
    { type: "text", text: JSON.stringify(written) },
    { type: "tool_use", input: written },
  ];
  const answer = JSON.stringify({ content, usage: { input_tokens: 1, output_tokens: 2 } });
  expect(findUsage(answer, true)).toEqual({ inputTokens: 1, outputTokens: 2 });
  // The same if the beginning or the end of the body is not kept.
  for (let cut = 0; cut < answer.length; cut += 1) {
    expect(findUsage(answer.slice(cut), true).inputTokens ?? 1).toBe(1);
    expect(findUsage(answer.slice(0, cut), false)).toEqual({});
  }
});

test("thousands of members of that name cost no more than a few", () => {
  const many = Array.from({ length: 5_000 }, () => '{"usage":{}}').join(",");
  const answer = `{"content":[${many}],"usage":{"output_tokens":2}}`;
  expect(findUsage(answer, true)).toEqual({ outputTokens: 2 });
});

const long = events(
  { type: "message_start", message: { usage: { input_tokens: 12 } } },
  ...Array.from({ length: 5_000 }, () => ({ type: "content_block_delta", delta: { text: "words" } })),
  { type: "message_delta", usage: { output_tokens: 34 } },
);

test.each([1, 100, 70_000])("a long body is read in chunks of %i bytes", async (size) => {
  const reader = createUsageReader(undefined, createUnpacker());
  const body = Buffer.from(long);
  for (let at = 0; at < body.length; at += size) reader.write(body.subarray(at, at + size));
  expect(await reader.usage()).toEqual({ inputTokens: 12, outputTokens: 34 });
});

test.each([1, 20, 1_000])("the middle of a long stream is not kept in chunks of %i bytes", async (size) => {
  const event = events({ choices: [{ delta: { content: "word ".repeat(10) } }] });
  const middle = events({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 6 } });
  const reader = createUsageReader(undefined, createUnpacker());
  const body = Buffer.from(event.repeat(500) + middle + event.repeat(1_500));
  for (let at = 0; at < body.length; at += size) reader.write(body.subarray(at, at + size));
  expect(await reader.usage()).toEqual({});
});

test("figures and errors are found in a stream of chunks with whole events", async () => {
  const words = { choices: [{ delta: { content: "word" } }] };
  const figures = { choices: [], usage: { prompt_tokens: 5, completion_tokens: 6 } };
  const chunks = [words, words, figures, ...Array.from({ length: 5_000 }, () => words)].map((event) =>
    events(event),
  );
  for (const [end, interrupted] of [
    ["event: error\ndata: {}\n\n", true],
    ["data: [DONE]\n\n", undefined],
  ] as const) {
    const reader = createUsageReader(undefined, createUnpacker());
    for (const chunk of [...chunks, end]) reader.write(Buffer.from(chunk));
    expect(await reader.usage()).toEqual({ inputTokens: 5, outputTokens: 6, interrupted });
  }
});

test("figures and errors are found wherever a stream is cut", async () => {
  const words = events({ choices: [{ delta: { content: "word ".repeat(20) } }] }).repeat(3);
  const figures = events({
    choices: [],
    usage: { prompt_tokens: 5 },
    copilot_usage: { total_nano_aiu: 3e9 },
  });
  const body = Buffer.from(`${words + figures + words}event: error\ndata: {}\n\n`);
  for (let size = 1; size <= body.length; size += 1) {
    const reader = createUsageReader(undefined, createUnpacker());
    for (let at = 0; at < body.length; at += size) reader.write(body.subarray(at, at + size));
    expect(await reader.usage()).toEqual({ inputTokens: 5, credits: 3, interrupted: true });
  }
});

test.each([
  ["gzip", gzipSync(long)],
  ["br", brotliCompressSync(long)],
])("a body in %s is decompressed", async (encoding, packed) => {
  const reader = createUsageReader(encoding, createUnpacker());
  reader.write(packed.subarray(0, 100));
  reader.write(packed.subarray(100));
  expect(await reader.usage()).toEqual({ inputTokens: 12, outputTokens: 34 });
});

test("a compressed body that is broken, or in an encoding that nobody knows, has no usage", async () => {
  for (const encoding of ["gzip", "lzma"]) {
    const reader = createUsageReader(encoding, createUnpacker());
    reader.write(Buffer.from("this is not compressed"));
    expect(await reader.usage()).toEqual({});
  }
});
