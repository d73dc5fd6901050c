import { gzipSync } from "node:zlib";
import {
  createMemoryStore,
  createTokenManager,
  importSession,
  isTokenFlowError,
  Token,
  type TokenFlowEvent,
} from "@tokenflow/core";
import { createHttp, isJsonObject, parseJson, readJwtClaims } from "@tokenflow/core/provider";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createLoopbackServer, pour } from "../support/loopback-server.ts";
import { createTestProvider } from "../support/test-provider.ts";

const KEY = "test/default";

/** Arrays within each other. */
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const DEEP: Readonly<Record<string, string>> = {
  "100,000 arrays": nested(100_000),
  "201 arrays": nested(201),
  "100,000 objects": `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
  "brackets that never end": "[".repeat(1_000_000),
  "arrays in the middle": `{"access_token":"a","details":${nested(5_000)},"expires_in":3600}`,
  "arrays after text that looks like an end": `{"a":"]]\\"]]","b":${nested(300)}}`,
};

describe.each(Object.keys(DEEP))("an answer of %s", (name) => {
  const text = DEEP[name] ?? "";

  test.each([
    [200, "provider.unavailable"],
    [400, "provider.malformed"],
    [503, "provider.unavailable"],
  ])("with %i is an error that says so", async (status, code) => {
    const { fetch } = createScriptedFetch({ status, text });
    const asked = createHttp({ fetch })({ method: "GET", url: "https://auth.example.org/" });
    await expect(asked).rejects.toMatchObject({
      code,
      status,
      message: "auth.example.org answered JSON that is nested too deeply",
      hint: expect.any(String),
      grantUnused: undefined,
    });
  });

  test("is not JSON for any other reader", () => {
    expect(parseJson(text)).toBeUndefined();
    expect(readJwtClaims(`e30.${Buffer.from(text).toString("base64url")}.x`)).toEqual({});
  });
});

test("a redemption that is answered so keeps its session, and the next one succeeds", async () => {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const events: TokenFlowEvent[] = [];
  const provider = createTestProvider({ replay: "always" });
  const deep = DEEP["100,000 arrays"] ?? "";
  const { fetch } = createScriptedFetch(
    { text: deep },
    { status: 400, text: deep },
    { json: { access_token: "token-1", refresh_token: "grant-2", expires_in: 3600 } },
  );
  await importSession({ provider, store, grant: { refresh_token: "grant-1" } });
  const onEvent = (event: TokenFlowEvent): void => void events.push(event);
  await using manager = createTokenManager({ provider, store, clock, fetch, onEvent });
  await expect(manager.getToken()).rejects.toMatchObject({ code: "provider.unavailable" });
  expect(await store.get(KEY)).toContain("grant-1");
  await clock.advance(60_000);
  await expect(manager.getToken()).rejects.toMatchObject({ code: "provider.malformed" });
  await clock.advance(60_000);
  expect((await manager.getToken()).accessToken).toBe("token-1");
  expect(events.map(({ type }) => type)).not.toContain("session.revoked");
});

test.each(Object.keys(DEEP))("a stored session of %s is corrupt, says so, and stays", async (name) => {
  const store = createMemoryStore();
  await store.set(KEY, DEEP[name]);
  const { fetch } = createScriptedFetch();
  await using manager = createTokenManager({ provider: createTestProvider(), store, fetch });
  await expect(manager.getToken()).rejects.toMatchObject({
    code: "store.corrupt",
    message: expect.stringContaining("it is nested too deeply"),
  });
  expect(await store.get(KEY)).toBe(DEEP[name]);
});

test("what a session may hold is read again, at the deepest", async () => {
  const provider = createTestProvider();
  const store = createMemoryStore();
  const clock = createFakeClock();
  let details = {};
  for (let depth = 1; depth < 99; depth += 1) details = { details };
  const token = new Token({ accessToken: "t", issuedAt: clock.now(), details });
  await importSession({ provider, store, token, clock });
  const { fetch } = createScriptedFetch();
  await using manager = createTokenManager({ provider, store, clock, fetch });
  expect((await manager.getToken()).details).toEqual(details);
});

test("a byte order mark counts for nothing, but in the middle", () => {
  expect(parseJson('\ufeff{"a":1}')).toEqual({ a: 1 });
  expect(parseJson('{\ufeff"a":1}')).toBeUndefined();
  expect(parseJson("\ufeff")).toBeUndefined();
});

test("brackets within text count for nothing", () => {
  for (const text of ["[".repeat(5_000), '"['.repeat(5_000), "\\".repeat(999), "é\u2028".repeat(500)]) {
    for (const value of [text, { [text]: text }, [[text], [text]]]) {
      expect(parseJson(JSON.stringify(value))).toEqual(value);
    }
  }
  expect(parseJson(nested(200))).toBeDefined();
});

test("64 MiB are refused while they come, plain or packed", async () => {
  const size = 64 * 2 ** 20;
  for (const encoding of [undefined, "gzip"]) {
    await using server = await createLoopbackServer((response) => {
      response.writeHead(200, encoding === undefined ? {} : { "content-encoding": encoding });
      if (encoding === undefined) void pour(response, Buffer.alloc(65_536, "["), size);
      else response.end(gzipSync(Buffer.alloc(size, "[")));
    });
    await expect(createHttp()({ method: "GET", url: server.url })).rejects.toMatchObject({
      code: "provider.unavailable",
      message: expect.stringContaining("more than 1 MiB"),
    });
  }
});

test("__proto__ is a member like any other, and the last of several members counts", () => {
  const json = parseJson('{"a":1,"__proto__":{"access_token":"evil"},"constructor":{"x":1},"a":2}');
  if (!isJsonObject(json)) return expect.unreachable("it is an object");
  expect(json["access_token"]).toBeUndefined();
  expect(json["a"]).toBe(2);
  expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
  expect(Object.getPrototypeOf({ ...json })).toBe(Object.prototype);
  expect(({} as Record<string, unknown>)["access_token"]).toBeUndefined();
});

test("a token with such members is stored and read without taking one for its own", async () => {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const provider = createTestProvider();
  const { fetch } = createScriptedFetch({
    text: '{"__proto__":{"refresh_token":"evil"},"access_token":"t","expires_in":3600,"expires_in":7200}',
  });
  await importSession({ provider, store, grant: { refresh_token: "grant-1" } });
  await using manager = createTokenManager({ provider, store, clock, fetch });
  const token = await manager.getToken();
  expect([token.accessToken, token.expiresAt]).toEqual(["t", clock.now() + 7_200_000]);
  expect(await store.get(KEY)).toContain("grant-1");
  expect(await store.get(KEY)).not.toContain("evil");
});

test("a number of a million digits is no lifetime, and loses nothing", async () => {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const provider = createTestProvider({ replay: "always" });
  const { fetch } = createScriptedFetch({
    text: `{"access_token":"t","expires_in":${"9".repeat(1_000_000)}}`,
  });
  await importSession({ provider, store, grant: { refresh_token: "grant-1" } });
  await using manager = createTokenManager({ provider, store, clock, fetch });
  const failure = await manager.getToken().catch((error: unknown) => error);
  if (failure instanceof Error) expect(isTokenFlowError(failure)).toBe(true);
  expect(await store.get(KEY)).toContain("grant-1");
});
