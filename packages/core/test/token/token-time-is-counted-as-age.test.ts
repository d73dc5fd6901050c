import { createMemoryStore, createTokenManager, type TokenManager } from "@tokenflow/core";
import { createLockingStore } from "@tokenflow/core/store";
import { createFakeClock, createScriptedFetch, type FakeClock } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createIssuer, issue } from "../support/manager-of-tokens.ts";
import { approved, fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 0, 1);

describe("on one machine", () => {
  test("a lifetime is counted from the moment the request was sent", async () => {
    const issuer = createIssuer({
      redeem: async (count, clock) => {
        await clock.sleep(20_000);
        return issue(count, { expires_in: 60 });
      },
    });
    const asked = issuer.manager.getToken();
    await issuer.clock.advance(20_000);
    const token = await asked;
    expect([token.issuedAt, token.expiresAt]).toEqual([NOW, NOW + 60_000]);
    await issuer.clock.advance(39_999);
    expect(issuer.manager.peek()).toBeDefined();
    await issuer.clock.advance(1);
    expect(issuer.manager.peek()).toBeUndefined();
  });

  test("a token that always expires on the way is malformed, and is never handed out", async () => {
    const issuer = createIssuer({
      redeem: async (count, clock) => {
        await clock.sleep(10_000);
        return issue(count, { expires_in: 10 });
      },
    });
    const asked = issuer.manager.getToken().catch((error: unknown) => error);
    await issuer.clock.advance(40_000);
    expect(await asked).toMatchObject({ code: "provider.malformed" });
    expect(issuer.redemptions).toBeLessThanOrEqual(3);
  });

  const moves: Readonly<Record<string, { move(clock: FakeClock): Promise<void>; redemptions: number }>> = {
    "a jump forward costs one early redemption": {
      move: async (clock) => clock.jump(24 * HOUR),
      redemptions: 2,
    },
    "a jump back costs nothing": { move: async (clock) => clock.jump(-24 * HOUR), redemptions: 1 },
    "a jump forward and back costs at most one": {
      move: async (clock) => {
        clock.jump(24 * HOUR);
        clock.jump(-24 * HOUR);
      },
      redemptions: 1,
    },
    "a sleep through its end is noticed on waking": {
      move: async (clock) => clock.suspend(2 * HOUR),
      redemptions: 2,
    },
  };
  for (const [name, { move, redemptions }] of Object.entries(moves)) {
    test(name, async () => {
      const issuer = createIssuer();
      await issuer.manager.getToken();
      await issuer.clock.advance(5 * MINUTE);
      await move(issuer.clock);
      for (let minute = 0; minute < 40; minute += 1) {
        await issuer.manager.getToken();
        await issuer.clock.advance(MINUTE);
      }
      expect(issuer.redemptions).toBe(redemptions);
    });
  }

  test("a jump back of the clock does not lengthen a token's lifetime", async () => {
    const issuer = createIssuer();
    await issuer.manager.getToken();
    issuer.clock.jump(-24 * HOUR);
    await issuer.clock.advance(HOUR);
    expect(issuer.manager.peek()).toBeUndefined();
  });
});

/** Two machines over one store, each with its own clock; the service's `Date` tells each how wrong it is. */
async function createTwoHosts({ ahead, tells }: { readonly ahead: number; readonly tells: boolean }) {
  const records = createMemoryStore();
  const service = createFakeClock(NOW);
  const script = createScriptedFetch();
  const host = (name: string, offset: number): { clock: FakeClock; manager: TokenManager } => {
    const clock = createFakeClock(NOW + offset);
    const store = createLockingStore(
      {
        owner: `${name}/1/1`,
        get: async (key) => records.get<string>(key) as Promise<string | undefined>,
        set: async (key, value) => void (await records.set(key, value)),
        delete: async (key) => records.delete(key),
        replace: (key, previous, next) => records.replace(key, previous, next),
        lock: (key, options) => records.lock(key, options),
        async *names() {},
      },
      { now: clock.now },
    );
    return {
      clock,
      manager: createTokenManager({ provider: createTestProvider(), store, clock, fetch: script.fetch }),
    };
  };
  const dated = (answer: object): object =>
    tells ? { ...answer, headers: { date: new Date(service.now()).toUTCString() } } : answer;
  const writer = host("writer", 0);
  const reader = host("reader", ahead);
  script.add(...approved(), dated(fresh()), dated(fresh({ expires_in: 7_200 })));
  const signedIn = writer.manager.signIn({ onUserCode: () => undefined });
  await writer.clock.advance(6_000);
  await reader.clock.advance(6_000);
  await service.advance(6_000);
  await signedIn;
  return { writer, reader, script };
}

describe("on another machine", () => {
  const redemptions = ({ script }: Awaited<ReturnType<typeof createTwoHosts>>): number =>
    script.requests.filter(({ url }) => url.endsWith("/token")).length;

  test("a token of a host with the same time is adopted with its age", async () => {
    const hosts = await createTwoHosts({ ahead: 0, tells: false });
    await hosts.reader.clock.advance(30 * MINUTE);
    const token = await hosts.reader.manager.getToken();
    expect(token.accessToken).toBe((await hosts.writer.manager.getToken()).accessToken);
    expect((token.expiresAt ?? 0) - hosts.reader.clock.now()).toBe(30 * MINUTE);
    expect(redemptions(hosts)).toBe(1);
  });

  test("a token from the future is due at once, is served meanwhile, and ends one lifetime after it was first seen", async () => {
    const hosts = await createTwoHosts({ ahead: -24 * HOUR, tells: false });
    hosts.script.add({ status: 500 });
    const { clock, manager } = hosts.reader;
    const token = await manager.getToken();
    expect(token.dueAt).toBe(clock.now());
    expect((token.expiresAt ?? 0) - clock.now()).toBe(HOUR);
    await clock.advance(2_000);
    expect(redemptions(hosts)).toBe(2);
  });

  test("a token of a host whose clock is behind is old at once, and costs one redemption", async () => {
    const hosts = await createTwoHosts({ ahead: 24 * HOUR, tells: false });
    await hosts.reader.manager.getToken();
    await hosts.reader.manager.getToken();
    expect(redemptions(hosts)).toBe(2);
  });
});
