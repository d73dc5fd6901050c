import { noRedis, startRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { runRace } from "../src/scenarios/race.ts";
import { startTestServer } from "../src/servers/servers.ts";

const LIFETIME = 1_250;

test.skipIf(noRedis)(
  "16 processes redeem each grant once, only when the token has run out, and none is refused",
  async () => {
    await using redis = await startRedis();
    await using server = await startTestServer("strict", { lifetime: LIFETIME });
    const { problems, losses, redemptions, served } = await runRace({
      server,
      processes: 16,
      redis: redis.url,
      duration: 2_500,
      atLeast: 2,
    });
    expect(problems).toEqual([]);
    expect(losses).toEqual([]);
    expect(redemptions).toBeGreaterThan(1);
    expect(served).toBeGreaterThanOrEqual(16);
  },
);
