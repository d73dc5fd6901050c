import { noRedis, startRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { copyDuringRefreshes } from "../src/scenarios/copied-sessions.ts";
import { startTestServer } from "../src/servers/servers.ts";

test.skipIf(noRedis).each(["file", "redis"] as const)(
  "no copy from %s has a spent grant, and the last one is used",
  async (from) => {
    await using redis = await startRedis();
    await using server = await startTestServer("strict", { lifetime: 1_250, isSlow: true });
    const options = { server, processes: 4, redis: redis.url, from, duration: 3_000 };
    const { problems, copies, redemptions } = await copyDuringRefreshes(options);
    expect(problems).toEqual([]);
    expect(copies).toBeGreaterThan(1);
    expect(redemptions).toBeGreaterThan(1);
  },
);
