import { createTokenManager, type Token } from "@tokenflow/core";
import { createFakeCall } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";

const SESSION = "0196f3a2-7c1e-7d2b-9a8f-1c2d3e4f5a6b";

type Headers = Readonly<Record<string, string>>;

async function tokenOf(text: string): Promise<Token> {
  await using manager = createTokenManager({ provider: createCopilotProvider(), staticToken: text });
  return await manager.getToken();
}

/** Returns the function that a new process would have. */
function startProcess(): (headers: Headers, more?: { caller?: string; token?: Token }) => string | undefined {
  const { upstream } = createCopilotProvider();
  return (headers, { caller, token } = {}) =>
    upstream.headers({ path: "/responses", headers, caller }, token)["x-interaction-id"];
}

test.each([
  ["Claude Code", "x-claude-code-session-id"],
  ["Codex", "session-id"],
  ["Codex of last year", "session_id"],
  ["opencode", "x-session-affinity"],
  ["opencode for its own service", "x-opencode-session"],
])("%s: one id for each conversation, which does not tell its name", (_client, header) => {
  const idOf = startProcess();
  const id = idOf({ [header]: SESSION });
  expect(id).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(id).not.toBe(SESSION);
  expect(idOf({ [header]: SESSION, "x-request-id": "2" })).toBe(id);
  expect(idOf({ [header]: `${SESSION}2` })).not.toBe(id);
  expect(idOf({ [header]: SESSION }, { caller: "ci" })).not.toBe(id);
  expect(idOf({ [header]: "  " })).toBe(idOf({}));
});

test("the caller's own id is sent as it is, unless it is empty", () => {
  const idOf = startProcess();
  expect(idOf({ "x-interaction-id": " mine ", "session-id": SESSION })).toBe("mine");
  expect(idOf({ "x-interaction-id": "  ", "session-id": SESSION })).toBe(idOf({ "session-id": SESSION }));
});

test("without a conversation there is one id for each caller and process", () => {
  const idOf = startProcess();
  expect(idOf({})).toBe(idOf({}));
  expect(idOf({}, { caller: "a" })).toBe(idOf({}, { caller: "a" }));
  expect(
    new Set([idOf({}), idOf({}, { caller: "a" }), idOf({}, { caller: "b" }), startProcess()({})]).size,
  ).toBe(4);
});

test("all processes of an account give a conversation the same id, also after the token was renewed", async () => {
  const headers = { "session-id": SESSION };
  const first = startProcess()(headers, { token: await tokenOf("tid=aaaa;exp=1:one") });
  expect(startProcess()(headers, { token: await tokenOf("tid=aaaa;exp=2:two") })).toBe(first);
  expect(startProcess()(headers, { token: await tokenOf("tid=bbbb;exp=1:one") })).not.toBe(first);
});

test("what Copilot's own clients say of a request crosses; the names of conversations do not", () => {
  const { upstream } = createCopilotProvider();
  const own = {
    "x-interaction-type": "conversation-agent",
    "x-agent-task-id": "t",
    "openai-intent": "conversation-edits",
    "x-github-api-version": "2026-08-01",
  };
  const headers = upstream.headers({
    path: "/responses",
    headers: { ...own, "session-id": SESSION, "x-claude-code-session-id": SESSION, "user-agent": "x" },
  });
  expect(headers).toMatchObject(own);
  expect(JSON.stringify(headers)).not.toContain(SESSION);
});

test("the catalogue is asked for without an interaction", async () => {
  const { upstream } = createCopilotProvider();
  expect(upstream.headers({ path: "/models", headers: {} })).not.toHaveProperty("x-interaction-id");
  const { call, requests } = createFakeCall({ json: { data: [] } });
  await upstream.models?.(await tokenOf("tid=aaaa;exp=1:one"), call);
  expect(requests[0]?.headers.has("x-interaction-id")).toBe(false);
});
