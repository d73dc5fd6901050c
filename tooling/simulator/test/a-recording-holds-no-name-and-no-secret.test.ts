import { createRecorder } from "@tokenflow/simulator";
import { expect, test } from "vitest";

const API = "https://api.example.org";
const TOKEN = "ghu_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";

/** Returns what is recorded of these answers, in this order, and the recorder. */
async function record(...answers: readonly (object | string)[]) {
  const left = answers.map((answer) =>
    typeof answer === "string" ? new Response(answer, { status: 403 }) : Response.json(answer),
  );
  const recorder = createRecorder({
    serviceOf: () => "github-api",
    fetch: async () => left.shift() ?? new Response(null, { status: 204 }),
  });
  for (const _answer of answers) {
    await recorder.fetch(`${API}/user`, { headers: { authorization: `Bearer ${TOKEN}` } });
  }
  return { recorder, sentences: recorder.exchanges().map(({ sentence }) => sentence) };
}

const refusal = (message: string): string => JSON.stringify({ message });

test("names that GitHub tells are removed from sentences, from those before too, and from findings", async () => {
  const { recorder, sentences } = await record(
    refusal("Sorry Mona Lisa, mona42 is suspended."),
    { login: "Mona42", name: "Mona Lisa", id: 583, email: "mona@example.org" },
    { organization_list: [{ login: "acme-inc", name: "Acme" }], organization_login_list: ["wile"] },
    refusal("acme-inc, wile's: user 583 (mona42_corp) of ACME is over."),
  );
  expect(sentences).toEqual([
    "Sorry …, … is suspended.",
    undefined,
    undefined,
    "…, …'s: user … (…_corp) of … is over.",
  ]);
  expect(recorder.clean("403 mona42 of Acme")).toBe("403 … of …");
});

test.each([
  ["Currently logged in as octocat.", "Currently logged in as …"],
  ["API rate limit exceeded for user ID 12.", "API rate limit exceeded for user ID …"],
  ["Ask octo@cat.io or https://a.io/x", "Ask … or …"],
  ["tid=ab;exp=1 and gho_abcdefghijklmnopqrstuvwxyz", "… and …"],
  [
    "see tenant.ghe.com, request AB12:34CD56:78 and 3f2b8c1d-a4e5-4f60-9b7c-1d2e3f4a5b6c",
    "see … request … and …",
  ],
  ["<html>octocat</html>", "a page in HTML"],
  ["a ".repeat(40), Array.from({ length: 30 }, () => "a").join(" ")],
])("%s is recorded as %s", async (said, recorded) => {
  expect((await record(said.startsWith("<") ? said : refusal(said))).sentences).toEqual([recorded]);
});

test.each([
  "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  "system.0.text.cache_control.ephemeral.scope: Extra inputs are not permitted",
  "tools.0.custom.eager_input_streaming: Extra inputs are not permitted",
  "unsupported beta header(s): context-1m-2025-08-07, advisor-tool-2026-03-01",
  "bad request: missing required Copilot-Integration-Id header",
  "bad request: unknown Editor-Version header for IDE auth",
  "bad request: Authorization header is badly formatted",
])("the words of the protocol stay: %s", async (sentence) => {
  expect((await record(sentence)).sentences).toEqual([sentence]);
});

test("a token stays out, even one that the service repeats or that looks like a name of the protocol", async () => {
  const { recorder } = await record(refusal(`The token ${TOKEN} of abc_def`), {
    type: "abc_def",
    login: "abc_def",
  });
  const text = JSON.stringify(recorder.exchanges());
  expect(text).not.toContain(TOKEN);
  expect(text).not.toContain("abc_def");
});

test("an answer without a sentence is not recorded as text", async () => {
  const { sentences } = await record(JSON.stringify({ login: "octocat", error: { person: "octocat" } }));
  expect(sentences).toEqual([""]);
});
