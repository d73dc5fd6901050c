import { createFetch, withToken } from "@tokenflow/core";
import { createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createIssuer, createTestUpstream, issue } from "../support/manager-of-tokens.ts";

const URL = "https://api.example.org/v1/chat";
const HALF_AN_HOUR = 1_800_000;

function stage(minValidity?: number) {
  const issuer = createIssuer({ upstream: createTestUpstream("https://api.example.org/v1") });
  const inits: (RequestInit | undefined)[] = [];
  const script = createScriptedFetch(() => ({ json: {} }));
  const send = (async (input, init) => {
    inits.push(init);
    return script.fetch(input, init);
  }) as typeof fetch;
  const tokens = (): unknown[] => script.requests.map(({ headers }) => headers.get("authorization"));
  return { ...issuer, inits, tokens, fetch: createFetch(issuer.manager, { fetch: send, minValidity }) };
}

test("every call uses the minValidity of createFetch", async () => {
  const { clock, fetch, tokens } = stage(HALF_AN_HOUR);
  await fetch(URL);
  await clock.advance(HALF_AN_HOUR + 1_000);
  await fetch(URL);
  expect(tokens()).toEqual(["Bearer token-1", "Bearer token-2"]);
});

test("one call may override minValidity", async () => {
  const more = stage();
  await more.fetch(URL);
  await more.clock.advance(HALF_AN_HOUR + 1_000);
  await more.fetch(URL);
  await more.fetch(URL, { minValidity: HALF_AN_HOUR });
  expect(more.tokens()).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-2"]);

  const less = stage(HALF_AN_HOUR);
  await less.fetch(URL);
  await less.clock.advance(HALF_AN_HOUR + 1_000);
  await less.fetch(URL, { minValidity: 0 });
  expect(less.tokens()).toEqual(["Bearer token-1", "Bearer token-1"]);
});

test("minValidity is never passed on to the platform", async () => {
  const { fetch, inits } = stage();
  await fetch(URL, { minValidity: 1, method: "POST" });
  await fetch("https://example.org", { minValidity: 1, method: "POST" });
  expect(inits).toHaveLength(2);
  for (const init of inits) {
    expect(init).not.toHaveProperty("minValidity");
    expect(init).toMatchObject({ method: "POST" });
  }
});

test("the second attempt uses the same minValidity", async () => {
  const { clock, manager } = createIssuer({
    redeem: (count) => issue(count, { expires_in: 3600 * count }),
  });
  const tried: string[] = [];
  await withToken(
    manager,
    async (token) => {
      tried.push(token.accessToken);
      // Another caller's rejection has brought a second token meanwhile, which is old too.
      manager.reject(token);
      await manager.getToken();
      await clock.advance(HALF_AN_HOUR * 3);
      return { isTokenRejected: tried.length === 1, value: undefined };
    },
    { minValidity: HALF_AN_HOUR * 2 },
  );
  expect(tried).toEqual(["token-1", "token-3"]);
});
