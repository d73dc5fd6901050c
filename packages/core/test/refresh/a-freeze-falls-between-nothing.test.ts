import { createTokenManager, type TokenManager } from "@tokenflow/core";
import { type Answer, createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createSharedStore } from "../support/shared-store.ts";
import { createTestProvider } from "../support/test-provider.ts";

const KEY = "test/default";

/**
 * A platform that freezes a program as soon as no request is being answered and nothing is registered. The service
 * accepts each grant once. A freeze is noticed at the worst moment: the service has rotated, and nothing is stored.
 */
const createPlatform = () => {
  const clock = createFakeClock();
  const place = createSharedStore({ clock });
  let handle = place.open("host/1/1");
  let answering = 0;
  let registered = 0;
  let rotations = 0;
  const isAwake = (): boolean => answering > 0 || registered > 0;
  const token = (): Answer => {
    rotations += 1;
    if (!isAwake()) handle.crash();
    return {
      json: { access_token: `token-${rotations}`, refresh_token: `grant-${rotations}`, expires_in: 3600 },
    };
  };
  const script = createScriptedFetch(({ url }) => {
    if (url.endsWith("/device"))
      return { json: { device_code: "code", user_code: "USER", expires_in: 900, interval: 5 } };
    if (url.endsWith("/poll")) return { json: { refresh_token: "grant-0" } };
    return token();
  });
  const waitUntil = (work: Promise<unknown>): void => {
    registered += 1;
    const end = (): void => {
      registered -= 1;
    };
    work.then(end, end);
  };
  const manage = (
    options: { readonly waitUntil?: typeof waitUntil | undefined } = { waitUntil },
  ): TokenManager =>
    createTokenManager({
      provider: createTestProvider(),
      store: handle,
      clock,
      fetch: script.fetch,
      ...options,
    });
  /** Answers one request, then lets time pass, as long as the program is awake or somebody's timer fires. */
  const request = async <T>(act: () => Promise<T>): Promise<T> => {
    answering += 1;
    const done = act().finally(() => {
      answering -= 1;
    });
    done.catch(() => undefined);
    await clock.advance(20_000);
    return done;
  };
  return {
    clock,
    place,
    script,
    manage,
    request,
    isAwake,
    rotations: () => rotations,
    restart: () => {
      handle = place.open("host/2/2");
    },
  };
};

test("a refresh behind a due token is stored before the platform freezes the program", async () => {
  const platform = createPlatform();
  const { clock, place, manage, request, isAwake } = platform;
  const manager = manage();
  await request(() => manager.signIn({ onUserCode: () => undefined }));
  await clock.advance(3_300_000);
  expect((await request(() => manager.getToken())).accessToken).toBe("token-1");
  expect(platform.rotations()).toBe(2);
  expect(isAwake()).toBe(false);
  expect(place.values.get(KEY)).toContain("grant-2");
  platform.restart();
  expect((await request(() => manage().getToken())).accessToken).toBe("token-2");
});

test("without it the same freeze loses the grant, which is what it is for", async () => {
  const platform = createPlatform();
  const { clock, place, manage, request } = platform;
  const manager = manage({});
  await request(() => manager.signIn({ onUserCode: () => undefined }));
  await clock.advance(3_300_000);
  await request(() => manager.getToken());
  expect(platform.rotations()).toBe(2);
  expect(place.values.get(KEY)).not.toContain("grant-2");
});

test("a redemption that its caller gives up is registered too", async () => {
  const platform = createPlatform();
  const { clock, place, manage, request } = platform;
  const manager = manage();
  await request(() => manager.signIn({ onUserCode: () => undefined }));
  await clock.advance(3_700_000);

  const giveUp = new AbortController();
  await request(async () => {
    const asked = manager.getToken({ signal: giveUp.signal });
    giveUp.abort(new Error("the client left"));
    await asked;
  }).catch(() => undefined);
  expect(platform.rotations()).toBeLessThanOrEqual(2);
  expect(place.values.get(KEY)).toContain(`grant-${platform.rotations()}`);
});

test("work that the platform refuses does not begin, and a caller who waits is served", async () => {
  const platform = createPlatform();
  const { clock, manage, request } = platform;
  const waitUntil = (): never => {
    throw new Error("outside of a request");
  };
  const manager = manage({ waitUntil });
  await request(() => manager.signIn({ onUserCode: () => undefined }));
  await clock.advance(3_300_000);
  expect((await request(() => manager.getToken())).accessToken).toBe("token-1");
  expect(platform.rotations()).toBe(1);
  await clock.advance(400_000);
  expect((await request(() => manager.getToken())).accessToken).toBe("token-2");
});

test("start() begins no timer, and the polls of acquire() are registered until the sign-in ends", async () => {
  const platform = createPlatform();
  const { clock, manage, request, isAwake } = platform;
  const manager = manage();
  const pending = manager.acquire();
  await clock.settle();
  expect((await pending).status).toBe("pending");
  expect(isAwake()).toBe(true);
  await clock.advance(20_000);
  expect(isAwake()).toBe(false);
  await request(() => manager.start());
  expect(clock.pending).toEqual([]);
});
