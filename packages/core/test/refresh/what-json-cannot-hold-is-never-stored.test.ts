import {
  createMemoryStore,
  createTokenManager,
  type Grant,
  importSession,
  type Provider,
  Token,
  type TokenFlowEvent,
} from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createTestProvider } from "../support/test-provider.ts";

const KEY = "test/default";
const cycle: Record<string, unknown> = {};
cycle["self"] = cycle;
let deep: unknown = "end";
for (let depth = 0; depth < 3_000; depth += 1) deep = [deep];

const UNFIT: Readonly<Record<string, unknown>> = {
  "a BigInt": 1n,
  "a cycle": cycle,
  "a function": () => "secret",
  "a symbol": Symbol("secret"),
  "not a number": Number.NaN,
  "a toJSON that throws": {
    toJSON: () => {
      throw new Error("secret");
    },
  },
  "a getter that throws": {
    get secret() {
      throw new Error("secret");
    },
  },
  "3,000 nested arrays": deep,
  "5 million characters": "x".repeat(5_000_000),
};

interface Answers {
  readonly granted?: object | undefined;
  readonly redeemed?: (() => object) | undefined;
}

/** A manager whose provider returns what a program without types may return. */
const manage = ({ granted = { refresh_token: "grant-1" }, redeemed = () => redemption() }: Answers) => {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const events: TokenFlowEvent[] = [];
  const provider: Provider = {
    ...createTestProvider({ replay: "always" }),
    requestDeviceCode: async () => ({
      deviceCode: "device",
      userCode: "USER",
      verificationUri: "https://auth.example.org",
      lifetime: 900_000,
    }),
    pollDeviceCode: async () => ({ status: "granted", grant: granted as Grant }),
    redeem: async () => redeemed(),
  };
  const onEvent = (event: TokenFlowEvent): void => void events.push(event);
  const { fetch } = createScriptedFetch();
  const manager = createTokenManager({ provider, store, clock, fetch, onEvent });
  const signIn = async () => {
    const done = manager.signIn({ onUserCode: () => undefined });
    done.catch(() => undefined);
    await clock.advance(20_000);
    return done;
  };
  return { clock, store, manager, signIn, types: () => events.map(({ type }) => type) };
};

const redemption = (token: object = {}, grant?: unknown) => ({
  token: { accessToken: "token-1", tokenType: "Bearer", lifetime: 3_600_000, ...token },
  ...(grant === undefined ? {} : { grant }),
});

describe.each(Object.keys(UNFIT))("%s", (name) => {
  const value = UNFIT[name];

  test("in a token's details is provider.malformed at once, and the new grant is stored", async () => {
    const redeemed = () => redemption({ details: { value } }, { refresh_token: "grant-2" });
    const { store, signIn, manager, types } = manage({ redeemed });
    const { failure } = await signIn();
    expect(failure).toMatchObject({ code: "provider.malformed" });
    await expect(manager.getToken()).rejects.toMatchObject({ code: "provider.malformed" });
    expect(await store.get(KEY)).toContain("grant-2");
    expect(types()).not.toContain("session.unsaved");
  });

  test("in a new grant is provider.malformed at once, and the old grant stays", async () => {
    const { store, signIn, types } = manage({ redeemed: () => redemption({}, { value }) });
    const { failure } = await signIn();
    expect(failure).toMatchObject({
      code: "provider.malformed",
      message: expect.not.stringContaining("secret"),
    });
    expect(await store.get(KEY)).toContain("grant-1");
    expect(types()).not.toContain("session.unsaved");
  });

  test("in the first grant fails the sign-in as provider.malformed", async () => {
    const { store, signIn, types } = manage({ granted: { value } });
    await expect(signIn()).rejects.toMatchObject({ code: "provider.malformed" });
    expect(await store.get(KEY)).toBeUndefined();
    expect(types()).toContain("signin.failed");
  });

  test("in a grant of one's own is provider.misconfigured", async () => {
    const provider = createTestProvider();
    const grant = { value } as unknown as Grant;
    const store = createMemoryStore();
    expect(() => createTokenManager({ provider, grant })).toThrow(
      expect.objectContaining({ code: "provider.misconfigured" }),
    );
    await expect(importSession({ provider, store, grant })).rejects.toMatchObject({
      code: "provider.misconfigured",
    });
    const details = grant;
    const token = new Token({ accessToken: "t", issuedAt: 0, details });
    await expect(importSession({ provider, store, token })).rejects.toMatchObject({
      code: "provider.misconfigured",
    });
  });
});

test.each([
  ["a type that is no text", { tokenType: 5 }],
  ["details that are a list", { details: [1] }],
  ["a scope that is no text", { scope: { a: 1 } }],
])("a token with %s is provider.malformed, not a record that nobody can read", async (_, fields) => {
  const { signIn, manager } = manage({ redeemed: () => redemption(fields) });
  expect((await signIn()).failure).toMatchObject({ code: "provider.malformed" });
  expect(await manager.status()).toMatchObject({ state: "expired" });
});

test("half a surrogate pair, an absent member and a date come back from the store", async () => {
  const details = { half: "\ud800", absent: undefined, at: new Date(0) };
  const { signIn, manager, store, clock } = manage({ redeemed: () => redemption({ details }) });
  await signIn();
  const expected = { half: "\ud800", at: "1970-01-01T00:00:00.000Z" };
  expect((await manager.getToken()).details).toEqual(expected);
  const { fetch } = createScriptedFetch();
  const another = createMemoryStore();
  await another.set(KEY, await store.get(KEY));
  const reader = createTokenManager({ provider: createTestProvider(), store: another, clock, fetch });
  expect((await reader.getToken()).details).toEqual(expected);
});

test("a token to import that has no moment is provider.misconfigured", async () => {
  const token = new Token({ accessToken: "t", issuedAt: Number.NaN });
  await expect(
    importSession({ provider: createTestProvider(), store: createMemoryStore(), token }),
  ).rejects.toMatchObject({ code: "provider.misconfigured" });
});
