import { noRedis, startRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { runRace } from "../src/scenarios/race.ts";
import { startTestServer } from "../src/servers/servers.ts";

test.each(["file", "redis"])("threads of one process redeem each grant once over %s", async (store) => {
  if (store === "redis" && noRedis) return;
  await using redis = store === "redis" ? await startRedis() : undefined;
  await using server = await startTestServer("strict", { lifetime: 1_250 });
  const race = { server, processes: 1, threads: 4, redis: redis?.url, duration: 2_000, atLeast: 2 };
  const { problems, losses, redemptions } = await runRace(race);
  expect(problems).toEqual([]);
  expect(losses).toEqual([]);
  expect(redemptions).toBeGreaterThan(1);
});
