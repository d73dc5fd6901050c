import { describe, test } from "vitest";
import { runRace } from "../src/scenarios/race.ts";
import { startServer } from "../src/servers/chaos-server.ts";
import { makeRotatingAuthority, replayOf } from "../src/servers/servers.ts";

const LIFETIME = 1_250;

describe.concurrent("processes that share a session", () => {
  test("redeem each grant once, and only when the token has run out", async ({ expect }) => {
    await using server = await startServer(await makeRotatingAuthority("strict", { lifetime: LIFETIME }));
    const { problems, losses, redemptions } = await runRace({
      server,
      replay: replayOf("strict"),
      lifetime: LIFETIME,
      processes: 6,
      duration: 3_000,
    });
    expect(problems).toEqual([]);
    expect(losses).toEqual([]);
    expect(redemptions).toBeGreaterThan(0);
  }, 60_000);

  test("over a server that forgives, outlive every kill", async ({ expect }) => {
    await using server = await startServer(await makeRotatingAuthority("forgiving", { lifetime: LIFETIME }));
    Object.assign(server.delay, { before: 20, after: 40 });
    const { problems, losses, kills } = await runRace({
      server,
      replay: replayOf("forgiving"),
      lifetime: LIFETIME,
      processes: 5,
      duration: 2_200,
      killEvery: 200,
    });
    expect(problems).toEqual([]);
    expect(losses).toEqual([]);
    expect(kills).toBeGreaterThan(0);
  }, 60_000);

  test("over a strict server, lose it by nothing but a kill between the rotation and the write", async ({
    expect,
  }) => {
    await using server = await startServer(await makeRotatingAuthority("strict", { lifetime: LIFETIME }));
    Object.assign(server.delay, { before: 20, after: 40 });
    const { problems, kills } = await runRace({
      server,
      replay: replayOf("strict"),
      lifetime: LIFETIME,
      processes: 5,
      duration: 2_200,
      killEvery: 200,
    });
    expect(problems).toEqual([]);
    expect(kills).toBeGreaterThan(0);
  }, 60_000);
});
