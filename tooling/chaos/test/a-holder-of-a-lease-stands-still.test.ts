import { noRedis, startRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { pauseHolders } from "../src/scenarios/paused-holder.ts";
import { startTestServer } from "../src/servers/servers.ts";

test.skipIf(noRedis)(
  "a holder that stands still for longer than its lease lives does not cost the session",
  { timeout: 90_000 },
  async () => {
    await using redis = await startRedis();
    await using server = await startTestServer("strict", { lifetime: 1_250 });
    const options = { server, processes: 3, redis: redis.url, pauseFor: 11_000, rounds: 1 };
    const { problems, losses } = await pauseHolders(options);
    expect(problems).toEqual([]);
    expect(losses).toBe(0);
  },
);
