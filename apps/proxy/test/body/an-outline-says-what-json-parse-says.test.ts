import { createTokenManager, type TokenManager } from "@tokenflow/core";
import type { JsonValue } from "@tokenflow/core/provider";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import * as fc from "fast-check";
import { Agent, request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningProxy, startProxy, startUpstream, type Upstream } from "../fixtures/upstream.ts";

const copilot = createCopilotProvider().upstream;
const agent = new Agent({ connections: 1 });
let upstream: Upstream;
let manager: TokenManager;
let proxy: RunningProxy;

/** Returns what Copilot's headers say of a body, and its model. */
function headersOf(json: JsonValue | undefined): Record<string, string> {
  const isObject = typeof json === "object" && json !== null && "model" in json;
  const model = isObject ? json["model"] : undefined;
  const said = copilot.headers({ path: "/chat/completions", headers: {}, json: () => json });
  return {
    "x-turn": `${said["x-initiator"]} ${said["copilot-vision-request"]}`,
    "x-model": JSON.stringify(typeof model === "string" ? encodeURIComponent(model.toWellFormed()) : null),
  };
}

beforeAll(async () => {
  upstream = await startUpstream((incoming, response) =>
    incoming.resume().on("end", () => response.end("{}")),
  );
  const { provider } = upstream.manager;
  if (!provider.upstream) throw new Error("no upstream");
  manager = createTokenManager({
    provider: {
      ...provider,
      upstream: { ...provider.upstream, headers: ({ json }) => headersOf(json?.()) },
    },
    grant: { secret: "grant" },
  });
  proxy = await startProxy({ sessions: [{ manager }] });
});

afterAll(async () => {
  await agent.destroy();
  await proxy[Symbol.asyncDispose]();
  await manager.close();
  await upstream[Symbol.asyncDispose]();
});

/** Returns what the provider said of a body that is sent in pieces of this size. */
async function sent(body: Buffer, size: number): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) pieces.push(body.subarray(at, at + size));
  const answer = await request(`${proxy.url}/v1/chat/completions`, {
    method: "POST",
    // undici sends any iterable, which its types do not say.
    body: pieces as never,
    dispatcher: agent,
  });
  await answer.body.dump();
  expect(answer.statusCode).toBe(200);
  const { "x-turn": turn, "x-model": model } = upstream.requests.at(-1)?.headers ?? {};
  return { "x-turn": turn, "x-model": model };
}

function parsed(body: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(body.toString().replace(/^\ufeff/, "")) as JsonValue;
  } catch {
    return undefined;
  }
}

const names = fc.constantFrom(
  ...["model", "messages", "input", "role", "type", "content", "output", "text", "x", ""],
  // Escaped letters are the same letters.
  ...["mod\\u0065l", "\\u006dodel", "t\\u0079pe", "\\u0072ole", "m\\u0065ssages", "c\\u006Fntent"],
);
const texts = fc.constantFrom(
  ...['"a"', '"tool_result"', '"tool_r\\u0065sult"', '"image"', '"image_url"', '"assistant"', '"tool"'],
  ...[
    '"user"',
    '"function_call"',
    '"reasoning"',
    '"text"',
    '"system"',
    '"\\u003csystem-reminder>a\\nb</system-reminder>"',
    '"\\ud83d\\ude00\\n"',
    '"ä\\"€😀"',
    '""',
    `"${"x".repeat(70)}\\\\"`,
  ],
);
const others = fc.constantFrom("1", "-0", "0.5e+10", "1E-2", "true", "false", "null", "[]", "{}", " 12 ");
const broken = fc.constantFrom(
  ...[
    "01",
    "1.",
    "-",
    "tru",
    "nul",
    '"\x01"',
    '"\\x"',
    '"\\u00g0"',
    "[,]",
    "{,}",
    '{"a"}',
    "[1,]",
    '{"a":1,}',
  ],
  ...["'a'", "1e", "+1", ".5", '"', "\\", "NaN", "{1:2}", "[1 2]", "[1}", '{"a":1]', "\ufeff", "\v"],
);
const member = (value: fc.Arbitrary<string>) =>
  fc.tuple(names, value).map(([name, one]) => `"${name}" : ${one}`);
const { value } = fc.letrec<{ readonly value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 9, depthSize: "large" },
    { arbitrary: texts, weight: 90 },
    { arbitrary: others, weight: 60 },
    { arbitrary: broken, weight: 1 },
    { arbitrary: fc.array(tie("value"), { maxLength: 4 }).map((all) => `[${all.join(",")}]`), weight: 120 },
    {
      arbitrary: fc.array(member(tie("value")), { maxLength: 5 }).map((all) => `{${all.join("\n,")}}`),
      weight: 180,
    },
  ),
}));
const items = fc
  .tuple(fc.constantFrom("messages", "input"), fc.array(value, { maxLength: 4 }))
  .map(([name, all]) => `"${name}":[${all.join(",")}]`);
const body = fc
  .tuple(
    fc.constantFrom("", "", "\ufeff"),
    fc.array(fc.oneof(member(value), items), { maxLength: 5 }).map((all) => `{${all.join(",")}}`),
    fc.nat(),
    fc.constantFrom("", "", "", "x", '"', "{", "}", "[", "]", ",", ":", "\\", "0", "\0", "\xef"),
  )
  .map(([mark, text, at, extra]) => {
    const whole = Buffer.from(mark + text);
    const cut = at % (whole.length + 1);
    return Buffer.concat([whole.subarray(0, cut), Buffer.from(extra, "latin1"), whole.subarray(cut)]);
  });

test("a provider that reads an outline says the same as one that reads the whole body, in any pieces", async () => {
  let whole = 0;
  await fc.assert(
    fc.asyncProperty(body, fc.integer({ min: 1, max: 50 }), async (bytes, size) => {
      if (parsed(bytes) !== undefined) whole += 1;
      expect(await sent(bytes, size)).toEqual(headersOf(parsed(bytes)));
    }),
    { numRuns: 600 },
  );
  expect(whole).toBeGreaterThan(100);
});

test.each([
  ["the last of two models", '{"model":"a","\\u006dodel":"b"}', "b"],
  ["no model if the last is no text", '{"model":"a","model":["b"]}', undefined],
  ["no model of an inner object", '{"a":{"model":"a"},"b":[{"model":"b"}]}', undefined],
])("it finds %s: %s", async (_what, text, model) => {
  const expected = JSON.stringify(model ?? null);
  expect(await sent(Buffer.from(text), 7)).toMatchObject({ "x-model": expected });
});

test("a body nested to the limit is read, and one that is deeper is refused", async () => {
  const nested = (depth: number): string =>
    `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)},"model":"m"}`;
  expect(await sent(Buffer.from(nested(1_000)), 100)).toMatchObject({ "x-model": '"m"' });

  const answer = await fetch(`${proxy.url}/v1/messages`, { method: "POST", body: nested(1_001) });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    type: "error",
    request_id: expect.any(String),
    error: {
      type: "invalid_request_error",
      message: "The request body is nested too deeply (limit 1000 levels).",
      code: "request.malformed",
    },
  });
});
