import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";

const { upstream } = createCopilotProvider();
const read = (status: number, body: unknown) =>
  upstream?.readRefusal?.({
    status,
    headers: new Headers(),
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const said = (message: string): unknown => ({ error: { message, code: "invalid_request_body" } });

describe("betas that the API does not know are read from", () => {
  test.each([
    ["unsupported beta header(s): a-2025-01-01, b-2", ["a-2025-01-01", "b-2"]],
    ["Unsupported beta headers: `a-1`.", ["a-1"]],
    [
      "Unexpected value(s) `a-1`, `b-2` for the `anthropic-beta` header. Please consult our docs.",
      ["a-1", "b-2"],
    ],
  ])("%s", (sentence, betas) => {
    expect(read(400, said(sentence))?.headerValues).toEqual({ "anthropic-beta": betas });
  });
});

describe("members that the API does not know are read from", () => {
  test.each([
    ["context_management: Extra inputs are not permitted", ["context_management"]],
    ["tools.0.custom.strict: Extra inputs are not permitted", ["tools.0.custom.strict"]],
    [
      "tools[10].strict: extra inputs are not permitted\nsystem.1.x: Extra inputs are not permitted",
      ["tools.10.strict", "system.1.x"],
    ],
    ["Unknown parameter: 'input[3].phase'.", ["input.3.phase"]],
    ["Unrecognized request arguments supplied: a, b", ["a", "b"]],
  ])("%s", (sentence, paths) => {
    expect(read(400, said(sentence))?.members).toEqual(paths.map((path) => path.split(".")));
  });

  test("any of the API's three shapes", () => {
    const members = [["a"]];
    const sentence = "a: Extra inputs are not permitted";
    expect(read(400, sentence)).toEqual({ members });
    expect(read(400, { message: sentence })).toEqual({ members });
    expect(read(400, { type: "error", error: { type: "invalid_request_error", message: sentence } })).toEqual(
      { members },
    );
  });
});

test.each([
  "Invalid value: 'x temperature: Extra inputs are not permitted'. Supported values are: 'low', 'high'.",
  "Invalid value: 'Unknown parameter: `temperature`'",
  'messages.0.role: Input should be "user", not "temperature: Extra inputs are not permitted"',
  "The model `Unrecognized request argument supplied: temperature` does not exist",
])("what the caller sent is no refusal when the API repeats it: %s", (sentence) => {
  expect(read(400, said(sentence))).toBeUndefined();
});

test("a member that the API has under another name is named with it", () => {
  const sentence =
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
  expect(read(400, said(sentence))).toEqual({ renamed: { max_tokens: "max_completion_tokens" } });
  expect(read(400, said(`Invalid value: "${sentence}"`))).toBeUndefined();
  expect(read(400, said("Unsupported parameter: 'top_k'."))).toBeUndefined();
});

test("a model that is not known by this name may be asked for by another", () => {
  const error = { message: "The requested model is not supported.", code: "model_not_supported" };
  expect(read(400, { error })).toEqual({ isModelUnknown: true });
  expect(read(404, { error })).toBeUndefined();
});

test("any other sentence or status explains nothing", () => {
  expect(read(400, said("max_tokens: Field required"))).toBeUndefined();
  expect(read(422, said("a: Extra inputs are not permitted"))).toBeUndefined();
  expect(read(400, "")).toBeUndefined();
});

test("a tool of the service itself that Copilot lacks is named, with what to do", () => {
  expect(read(400, said("The use of the web search tool is not supported."))?.message).toContain(
    "does not run the web search tool",
  );
  const union =
    "tools.3: Input tag 'code_execution_20250825' found using 'type' does not match any of the expected tags: 'bash_20250124', 'custom'";
  expect(read(400, said(union))?.message).toContain("does not run the code execution tool");
});

describe("a 429 is about", () => {
  test.each([
    ["user_model_rate_limited", "model"],
    ["user_model_rate_limited:pro", "model"],
    ["model_overloaded", "model"],
    ["user_global_rate_limited", "session"],
    ["user_weekly_rate_limited", "session"],
    ["rate_limited", "session"],
    ["anything_else", "session"],
  ])("%s: the %s", (code, limited) => {
    expect(read(429, { error: { message: "slow down", code } })).toEqual({ limited });
  });
});

test("a long sentence without an end is read in no time", () => {
  const start = performance.now();
  read(400, said("a.".repeat(2_000_000)));
  expect(performance.now() - start).toBeLessThan(2_000);
});
