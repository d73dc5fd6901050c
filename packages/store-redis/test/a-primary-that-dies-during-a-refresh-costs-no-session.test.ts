import {
  noRedis,
  type RedisServer,
  type Sentinels,
  startRedis,
  startReplica,
  startSentinels,
} from "@tokenflow/services";
import { beforeAll, describe, expect, test } from "vitest";
import { expectIdleEnd } from "./support/expect-idle-end.ts";
import { type Fleet, openFleet, signIn } from "./support/open-fleet.ts";
import { openStore } from "./support/open-store.ts";
import { useStore } from "./support/use-store.ts";

const DURABLE = ["--appendonly", "yes", "--appendfsync", "always"];

/** Whatever became of the primary: the session that was redeemed is stored, and its grant is good. */
const expectNothingLost = async ({ server, join, events }: Fleet, accessToken: string): Promise<void> => {
  await expect.poll(() => events, { timeout: 40_000 }).toContain("session.saved");
  const next = join();
  expect((await next.getToken()).accessToken).toBe(accessToken);
  const { redeemed } = server.counts;
  await next.getToken({ forceRefresh: true });
  expect(server.counts).toEqual({ redeemed: redeemed + 1, refused: 0 });
};

test.skipIf(noRedis)(
  "killed between the intent and the write, a primary that comes back has the session, and none is refused",
  async () => {
    await using primary = await startRedis({ args: DURABLE });
    const fleet = await openFleet({ url: primary.url, timeout: 1_000 });
    const first = fleet.join();
    await signIn(first);
    fleet.server.during = () => primary.kill();
    const { accessToken } = await first.getToken({ forceRefresh: true });
    fleet.server.during = undefined;
    expect(await first.status()).toMatchObject({ unsaved: true });
    await primary.restart();
    await expectNothingLost(fleet, accessToken);
    expect((await first.status()).unsaved).toBeUndefined();
  },
);

describe.skipIf(noRedis)("behind three sentinels", () => {
  let primary: RedisServer;
  let replica: RedisServer;
  let sentinels: Sentinels;
  beforeAll(async () => {
    await using started = new AsyncDisposableStack();
    primary = started.use(await startRedis({ args: DURABLE }));
    replica = started.use(await startReplica(primary, DURABLE));
    sentinels = started.use(await startSentinels(primary, replica));
    const all = started.move();
    return () => all.disposeAsync();
  });
  const address = () => ({ sentinel: { name: sentinels.name, nodes: sentinels.nodes }, timeout: 2_000 });

  test("one that hangs does not delay the others, and an idle program ends", async () => {
    const [hung] = sentinels.servers;
    hung?.signal("SIGSTOP");
    try {
      await useStore(openStore(address()));
    } finally {
      hung?.signal("SIGCONT");
    }
    await expectIdleEnd(address(), "copilot/3", "copilot/3");
  });

  test("a name that they do not know is reported", async () => {
    const unknown = openStore({ sentinel: { name: "another", nodes: sentinels.nodes } });
    await expect(unknown.get("copilot/3")).rejects.toMatchObject({
      code: "store.unavailable",
      message: expect.stringContaining("another"),
    });
  });

  test("a server that is not the primary is not used, since its data may be old", async () => {
    await using misled = await startRedis({
      sentinel: `sentinel monitor stale 127.0.0.1 ${replica.port} 2\n`,
    });
    const stale = { name: "stale", nodes: [{ host: "127.0.0.1", port: misled.port }] };
    await expect(openStore({ sentinel: stale }).get("copilot/3")).rejects.toMatchObject({
      code: "store.unavailable",
      reason: "READONLY",
    });
  });

  test("killed between the intent and the write, the primary is followed by one that gets the session, and none is refused", {
    timeout: 60_000,
  }, async () => {
    const fleet = await openFleet(address());
    const [first, second] = [fleet.join(), fleet.join()];
    await signIn(first);
    await second.getToken();
    const kept = (): Promise<string> => replica.cli("GET", "tokenflow:{rotating/default}");
    const marks: string[] = [];
    fleet.server.during = async () => {
      marks.push(await kept());
      await primary.kill();
    };
    const { accessToken } = await first.getToken({ forceRefresh: true });
    fleet.server.during = undefined;
    // The grant was sent only when the server that is to follow had its intent.
    expect(marks).toEqual([expect.stringContaining('"mark"')]);
    expect(await first.status()).toMatchObject({ unsaved: true });
    expect((await second.getToken()).isAlive()).toBe(true);
    await expectNothingLost(fleet, accessToken);
    expect(await kept()).toContain('"token-3"');
  });
});
