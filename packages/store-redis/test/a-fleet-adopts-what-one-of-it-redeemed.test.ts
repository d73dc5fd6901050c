import { noRedis, startRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { openFleet, signIn } from "./support/open-fleet.ts";

/** Far below what it takes 16 to come to the lock one after the other by their polling. */
const AT_ONCE = 1_000;

test.skipIf(noRedis)(
  "16 members that want a new token at once cause one redemption, and all have it at once",
  async () => {
    await using redis = await startRedis();
    const { server, join, events } = await openFleet({ url: redis.url });
    const members = Array.from({ length: 16 }, join);
    const [first] = members;
    if (first) await signIn(first);
    for (const member of members) expect((await member.getToken()).accessToken).toBe("token-1");

    const stored = Promise.withResolvers<number>();
    const arrived = Promise.withResolvers<void>();
    const goesOn = Promise.withResolvers<void>();
    server.during = () => (arrived.resolve(), goesOn.promise);
    const tokens = members.map((member) => member.getToken({ forceRefresh: true }));
    void Promise.any(tokens).then(() => stored.resolve(performance.now()));
    await arrived.promise;
    // All others have met the winner's lock by now, and wait for it or for its token.
    await expect
      .poll(async () => Number(await redis.cli("EXISTS", "tokenflow:{rotating/default}:lock")))
      .toBe(1);
    goesOn.resolve();
    expect((await Promise.all(tokens)).map(({ accessToken }) => accessToken)).toEqual(
      members.map(() => "token-2"),
    );
    expect(performance.now() - (await stored.promise)).toBeLessThan(AT_ONCE);
    expect(server.counts).toEqual({ redeemed: 2, refused: 0 });
    expect(events.filter((type) => type === "token.refreshed")).toHaveLength(2);
  },
);
