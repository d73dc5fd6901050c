import { createFetch, createTokenManager, type Provider, type Token, type Upstream } from "@tokenflow/core";
import type { RedeemCall } from "@tokenflow/core/provider";
import { type Answer, createFakeClock, createScriptedFetch, type SeenRequest } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createTestProvider } from "../support/test-provider.ts";

const BASE = "https://api.example.org";
/** A token that a service hands out again and again, as it does if the token is its own proof of consent. */
const THE_SAME = { accessToken: "the-same", tokenType: "Bearer", lifetime: "none" } as const;

interface Stage {
  readonly rejections: (RedeemCall["rejection"] | undefined)[];
  readonly tokens: (Token | undefined)[];
}

function stage(
  redeem: (call: RedeemCall) => { readonly tokenType: string },
  api: (request: SeenRequest) => Answer,
) {
  const clock = createFakeClock();
  const seen: Stage = { rejections: [], tokens: [] };
  const upstream: Upstream = {
    baseUrl: BASE,
    address: () => BASE,
    headers: (_request, token) => {
      seen.tokens.push(token);
      return {};
    },
    isTokenRejected: ({ status, body, token }) => status === 401 || (body === "another scheme" && !!token),
  };
  const provider: Provider = {
    ...createTestProvider(),
    upstream,
    redeem: async (_grant, call) => {
      seen.rejections.push(call.rejection);
      return { token: { ...THE_SAME, ...redeem(call) } };
    },
  };
  const script = createScriptedFetch(api);
  const manager = createTokenManager({ provider, grant: { refresh_token: "grant" }, clock });
  return { ...seen, clock, manager, fetch: createFetch(manager, { fetch: script.fetch, clock }), script };
}

describe("a rejection reaches the provider", () => {
  test("with the answer and the token, so that it can ask for another kind of token", async () => {
    const { fetch, rejections, tokens, script } = stage(
      ({ rejection }) => ({ tokenType: rejection ? "token" : "Bearer" }),
      ({ headers }) =>
        headers.get("authorization") === "token the-same"
          ? { json: { ok: true } }
          : { status: 400, text: "another scheme" },
    );
    expect(await (await fetch(`${BASE}/me`)).json()).toEqual({ ok: true });
    expect(rejections).toMatchObject([
      undefined,
      { status: 400, body: "another scheme", token: { tokenType: "Bearer" } },
    ]);
    expect(tokens.map((token) => token?.tokenType)).toEqual(["Bearer", "token"]);
    await fetch(`${BASE}/me`);
    expect(script.requests.map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer the-same",
      "token the-same",
      "token the-same",
    ]);
  });

  test("and only for the redemption that it causes", async () => {
    let isRejecting = true;
    const { fetch, manager, rejections } = stage(
      () => ({ tokenType: isRejecting ? "Bearer" : "token" }),
      () => (isRejecting ? { status: 401, text: "" } : { json: {} }),
    );
    await fetch(`${BASE}/me`);
    isRejecting = false;
    await manager.getToken({ forceRefresh: true });
    expect(rejections.map((rejection) => rejection?.status)).toEqual([undefined, 401, undefined]);
  });
});

describe("a rejected token that the service returns once more", () => {
  test("is handed out again, and each rejection costs one redemption", async () => {
    let status = 401;
    const { clock, fetch, rejections } = stage(
      () => ({ tokenType: "Bearer" }),
      () => ({ status, text: "" }),
    );
    await fetch(`${BASE}/me`);
    expect(rejections).toHaveLength(2);
    status = 200;
    await clock.advance(60_000);
    expect((await fetch(`${BASE}/me`)).status).toBe(200);
    expect(rejections).toHaveLength(2);
  });

  test("and is not redeemed faster than the brake allows if the API never accepts it", async () => {
    const { clock, fetch, rejections } = stage(
      () => ({ tokenType: "Bearer" }),
      () => ({ status: 401, text: "" }),
    );
    for (let second = 0; second < 30; second += 1) {
      await fetch(`${BASE}/me`).catch(() => undefined);
      await clock.advance(500);
    }
    expect(rejections.length).toBeLessThanOrEqual(3);
  });
});
