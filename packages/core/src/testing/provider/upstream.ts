import { isTokenFlowError } from "../../base/errors.ts";
import { type JsonValue, parseJson } from "../../base/json.ts";
import { Token } from "../../token/token.ts";
import { ensure } from "../ensure.ts";
import { createEcho, ensureCode } from "./answers.ts";
import type { ProviderCase } from "./case.ts";
import { garbage, type Parts } from "./garbage.ts";

const ODD_BODIES = [
  "",
  "{",
  "null",
  "[]",
  '"text"',
  '{"messages":1}',
  '{"messages":[null,1,[[]]]}',
  '{"input":[{}]}',
];

function bodyOf({ json, text = JSON.stringify(json) }: Parts): string {
  return text;
}

const PART = { type: "text", text: "Hello" };
/** Bodies that callers send, in the formats of OpenAI's and Anthropic's APIs. */
const CALL = {
  model: "any",
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: [PART, { type: "image_url", image_url: { url: "https://example.org/a.png" } }] },
    { role: "assistant", content: null, tool_calls: [{ id: "1", type: "function" }] },
    { role: "tool", tool_call_id: "1", content: "12" },
  ],
  input: [
    { role: "user", content: [PART] },
    { type: "function_call_output", output: "12" },
  ],
};
/** The statuses of an API for a call that it does not serve. */
const PROBLEM = { error: { message: "No", code: "unauthorized", type: "error" }, message: "No" };

export const upstreamCases: readonly ProviderCase[] = [
  {
    name: "a token is sent only to the service's own addresses, for any content of the token",
    check: async (createContext) => {
      const { provider, options, clock } = createContext();
      const { upstream } = provider;
      if (!upstream) return;
      const plain = new Token({ accessToken: options.accessToken, issuedAt: clock.now() });
      const own = new Set([...options.origins, new URL(upstream.baseUrl).origin]);
      ensure(
        own.has(new URL(upstream.address(plain)).origin),
        "a token that says nothing goes to the service",
      );
      for (const details of options.forgedDetails ?? []) {
        const token = new Token({ accessToken: options.accessToken, issuedAt: clock.now(), details });
        try {
          const { origin } = new URL(upstream.address(token));
          ensure(own.has(origin), `a token that says ${JSON.stringify(details)} does not go to ${origin}`);
        } catch (error) {
          if (!isTokenFlowError(error)) throw error;
          ensureCode(error, ["provider.malformed", "provider.misconfigured"], JSON.stringify(details));
        }
      }
    },
  },
  {
    name: "headers are returned for any body, and hold no secret",
    check: async (createContext) => {
      const { upstream } = createContext().provider;
      for (const body of [undefined, ...ODD_BODIES]) {
        const request = { path: "/chat/completions", headers: {} };
        const json = body === undefined ? {} : { json: () => parseJson(body) };
        const headers = upstream?.headers({ ...request, ...json }) ?? {};
        ensure(!new Headers(headers).has("authorization"), "the token is put in elsewhere");
      }
      for (const answer of garbage([{ json: CALL }])) {
        const json = (): JsonValue | undefined => parseJson(bodyOf(answer));
        upstream?.headers({ path: "/chat/completions", headers: {}, json });
      }
    },
  },
  {
    name: "a 401 rejects a token, and an answer about the person or the moment does not",
    check: async (createContext) => {
      const { upstream } = createContext().provider;
      if (!upstream) return;
      const refused = (status: number, body: string): boolean =>
        upstream.isTokenRejected({ status, body, headers: new Headers() });
      ensure(refused(401, ""), "a 401 refuses the token");
      for (const status of [200, 400, 402, 403, 404, 429, 500, 503]) {
        ensure(!refused(status, '{"error":{"message":"no"}}'), `a ${status} does not refuse the token`);
        for (const body of ODD_BODIES)
          ensure(!refused(status, body), `a ${status} does not refuse the token`);
      }
      for (const answer of garbage([{ json: PROBLEM, status: 401 }, { json: PROBLEM }])) {
        const { status = 200 } = answer;
        ensure(typeof refused(status, bodyOf(answer)) === "boolean", "a token is refused or it is not");
      }
    },
  },
  {
    name: "an error of the models or the usage shows no secret",
    check: async (createContext) => {
      const { options, clock } = createContext();
      const echo = createEcho(options.secrets);
      const token = new Token({ accessToken: options.accessToken, issuedAt: clock.now() });
      const session = { provider: "", account: "default", grant: options.grant, token };
      const bodies = [
        { text: echo.html },
        { text: echo.text },
        { json: { error: echo.json } },
        { json: echo.json },
      ];
      for (const status of [200, 400, 401, 403, 429, 500]) {
        for (const body of bodies) {
          const { provider, call, errorOf, again } = createContext({ status, ...body });
          const { upstream } = provider;
          if (upstream?.models) await errorOf(upstream.models(token, call), "the models");
          const other = again({ status, ...body });
          if (upstream?.usage) await errorOf(upstream.usage(session, other.call), "the usage");
        }
      }
    },
  },
];
