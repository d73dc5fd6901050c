import {
  createMemoryStore,
  createTokenManager,
  type Provider,
  pollForToken,
  requestDeviceCode,
  type Session,
} from "@tokenflow/core";
import type { Redemption } from "@tokenflow/core/provider";
import { createFakeClock, createScriptedFetch, type FakeClock } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { approved, createStage, signIn } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const LIFETIME = 3_600_000;
const token = (fields: object = {}): Redemption["token"] => ({
  accessToken: "token-1",
  tokenType: "Bearer",
  lifetime: LIFETIME,
  ...fields,
});

/** Signs in at a service whose redemptions are these, and returns the grants that were sent. */
async function sentGrants(
  redeem: (grant: unknown, clock: FakeClock) => Redemption,
): Promise<{ readonly sent: readonly unknown[]; readonly session: Session }> {
  const clock = createFakeClock();
  const sent: unknown[] = [];
  const provider: Provider = {
    ...createTestProvider(),
    redeem: async (grant) => {
      sent.push(grant["refresh_token"]);
      return redeem(grant["refresh_token"], clock);
    },
  };
  const { fetch } = createScriptedFetch(...approved());
  const polling = pollForToken(provider, await requestDeviceCode(provider, { clock, fetch }), {
    clock,
    fetch,
  });
  await clock.advance(7_000);
  return { sent, session: await polling };
}

test.each([LIFETIME, LIFETIME + 1])(
  "a token that comes %i ms late, since the machine slept, is asked for again with the grant beside it",
  async (slept) => {
    const { sent, session } = await sentGrants((grant, clock) => {
      if (grant === "grant-1") clock.jump(slept);
      return { token: token({ accessToken: `for-${grant}` }), grant: { refresh_token: "grant-2" } };
    });
    expect(sent).toEqual(["grant-1", "grant-2"]);
    expect(session.grant).toEqual({ refresh_token: "grant-2" });
    expect(session.token?.accessToken).toBe("for-grant-2");
    expect(session.failure).toBeUndefined();
  },
);

test("a token that comes a millisecond before its end is used", async () => {
  const { sent, session } = await sentGrants((_, clock) => {
    clock.jump(LIFETIME - 1);
    return { token: token() };
  });
  expect(sent).toEqual(["grant-1"]);
  expect(session.token?.accessToken).toBe("token-1");
});

test.each<readonly [string, object]>([
  ["is empty", { accessToken: "" }],
  ["ends within a second", { lifetime: 999 }],
  ["has a type that is no text", { tokenType: 5 }],
])("a token that %s is not used; the grant beside it is", async (_, fields) => {
  const { sent, session } = await sentGrants(() => ({
    token: token(fields),
    grant: { refresh_token: "grant-2" },
  }));
  expect(sent).toEqual(["grant-1"]);
  expect(session.grant).toEqual({ refresh_token: "grant-2" });
  expect(session.token).toBeUndefined();
  expect(session.failure).toMatchObject({ code: "provider.malformed" });
});

test.each<readonly [string, object]>([
  ["a token", { token: token({ tokenType: 5 }) }],
  ["a grant", { token: token(), grant: { serial: 1n } }],
])("%s that JSON cannot hold is named, and the grant that was sent stays", async (what, redemption) => {
  const { session } = await sentGrants(() => redemption);
  expect(session.grant).toEqual({ refresh_token: "grant-1" });
  expect(session.token).toBeUndefined();
  expect(session.failure).toMatchObject({
    code: "provider.malformed",
    message: `Test Service returned ${what} that JSON cannot hold`,
    hint: "Its fields must be plain JSON: no BigInt, function, cycle or NaN.",
  });
});

test("a token that comes with the approval is used, and no grant is sent for it", async () => {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const provider: Provider = {
    ...createTestProvider(),
    pollDeviceCode: async () => ({ status: "granted", grant: { refresh_token: "g" }, token: token() }),
  };
  const { fetch, requests } = createScriptedFetch(...approved());
  const manager = createTokenManager({ provider, store, clock, fetch });
  const done = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(7_000);
  expect((await done).token?.accessToken).toBe("token-1");
  expect(requests).toHaveLength(1);
});

test("how far the server's clock is ahead is stored with a token", async () => {
  const clock = createFakeClock();
  const date = new Date(clock.now() + 96_000).toUTCString();
  const json = { access_token: "token-1", expires_in: 3600 };
  const stage = createStage({ clock }, ...approved(), { json, headers: { date } });
  await signIn(stage);
  const stored: unknown = JSON.parse(String(await stage.store.get("test/default")));
  // The sign-in took six seconds of it.
  expect(stored).toMatchObject({ clock_offset: 90 });
});
