import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import * as fc from "fast-check";
import { Agent, request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningProxy, startProxy, startUpstream, type Upstream } from "../fixtures/upstream.ts";

/** The alias of every test here, and the model that replaces it. */
const ALIAS = "my model";
const REAL = 'the "real" ünï/model';

const agent = new Agent({ connections: 1 });
let upstream: Upstream;
let proxy: RunningProxy;
let arrived = Buffer.alloc(0);

beforeAll(async () => {
  upstream = await startUpstream(async (incoming, response) => {
    arrived = Buffer.concat(await incoming.toArray());
    response.end("{}");
  });
  proxy = await startProxy({ sessions: [upstream], aliases: { [ALIAS]: REAL } });
});

afterAll(async () => {
  await agent.destroy();
  await proxy[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

async function send(body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Buffer> {
  const url = `${proxy.url}/v1/chat/completions`;
  const answer = await request(url, { method: "POST", body, headers, dispatcher: agent });
  await answer.body.dump();
  expect(answer.statusCode).toBe(200);
  return arrived;
}

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
/** Returns the same text, with some of its characters escaped. */
const spelled = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(text, fc.array(fc.boolean())).map(([plain, escaped]) => {
    const units = Array.from({ length: plain.length }, (_, index) => plain[index] ?? "");
    const parts = units.map((unit, index) =>
      escaped[index] ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}` : undefined,
    );
    // A surrogate pair is escaped as a whole or not at all: JSON.stringify escapes lone halves by itself.
    if (/[\ud800-\udfff]/.test(plain)) return JSON.stringify(plain);
    return `"${units.map((unit, index) => parts[index] ?? JSON.stringify(unit).slice(1, -1)).join("")}"`;
  });
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.constant('\\"{[,:]}'),
);
const key = fc.oneof(spelled(fc.constantFrom("model", "model", "Model")), spelled(text));
const value = fc.oneof(
  { arbitrary: spelled(fc.constantFrom(ALIAS, ALIAS, "gpt-4.1")), weight: 4 },
  spelled(text),
  fc.json({ maxDepth: 4 }),
  fc.constantFrom("null", "-1.5e3", "[]", "{}", `{"model":"${ALIAS}"}`, `[{"model":"${ALIAS}"}]`),
);
const member = fc
  .tuple(space, key, space, space, value, space)
  .map(([a, name, b, c, one, d]) => a + name + b + ":" + c + one + d);
const object = fc
  .tuple(fc.constantFrom("", "\ufeff"), space, fc.array(member, { maxLength: 6 }), space)
  .map(([mark, before, members, after]) => `${mark}${before}{${members.join(",") || before}}${after}`);

test("the model that JSON.parse sees is replaced, and no other byte", async () => {
  let replaced = 0;
  await fc.assert(
    fc.asyncProperty(object, async (json) => {
      const bytes = Buffer.from(json);
      const got = await send(bytes);
      const before: unknown = JSON.parse(json.replace(/^\ufeff/, ""));
      const model = before && typeof before === "object" && "model" in before ? before.model : undefined;
      if (model !== ALIAS) {
        expect(got.equals(bytes)).toBe(true);
        return;
      }
      replaced += 1;
      const after: unknown = JSON.parse(got.toString().replace(/^\ufeff/, ""));
      expect(after).toEqual({ ...(before as object), model: REAL });
      // The bytes before and after the new name are unchanged.
      const name = Buffer.from(JSON.stringify(REAL));
      const at = got.lastIndexOf(name);
      const behind = got.subarray(at + name.length);
      const old = bytes.subarray(at, bytes.length - behind.length);
      expect(Buffer.concat([got.subarray(0, at), old, behind]).equals(bytes)).toBe(true);
      expect(JSON.parse(old.toString())).toBe(ALIAS);
    }),
    { numRuns: 400 },
  );
  expect(replaced).toBeGreaterThan(20);
});

test("a body that is not a JSON object passes unchanged", async () => {
  const whole = `{"messages":[{"content":"a \\"model\\""}],"model":"${ALIAS}","stream":true}`;
  const cut = fc
    .integer({ min: 0, max: whole.length - 1 })
    .map((length) => Buffer.from(whole.slice(0, length)));
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  const other = fc.constantFrom(
    `["model","${ALIAS}"]`,
    `"${ALIAS}"`,
    `{"model":"${ALIAS}"}{}`,
    `{"model":"\\x"}`,
    "",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        cut,
        noise,
        other.map((one) => Buffer.from(one)),
      ),
      async (bytes) => {
        expect((await send(bytes)).equals(bytes)).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
  ["x-gzip", gzipSync],
  ["identity, gzip", gzipSync],
  ["deflate, gzip", (text: string) => gzipSync(deflateSync(text))],
])(
  "a body in %s stays unchanged, unless its model changes: then it is sent uncompressed",
  async (encoding, compress) => {
    const same = compress(JSON.stringify({ model: "gpt-4.1" }));
    const changing = compress(JSON.stringify({ a: 1, model: ALIAS }));

    expect((await send(same, { "content-encoding": encoding })).equals(same)).toBe(true);
    expect(upstream.requests.at(-1)?.headers["content-encoding"]).toBe(encoding);
    const got = await send(changing, { "content-encoding": encoding });
    expect(got.toString()).toBe(`{"a":1,"model":${JSON.stringify(REAL)}}`);
    expect(upstream.requests.at(-1)?.headers).not.toHaveProperty("content-encoding");
    expect(upstream.requests.at(-1)?.headers["content-length"]).toBe(String(got.length));
  },
);

test("a compressed body that is truncated passes unchanged", async () => {
  const cut = gzipSync(JSON.stringify({ model: ALIAS, text: "x".repeat(1000) })).subarray(0, -12);

  expect((await send(cut, { "content-encoding": "gzip" })).equals(cut)).toBe(true);
  expect(upstream.requests.at(-1)?.headers["content-encoding"]).toBe("gzip");
});
