import { describe, test } from "vitest";
import { runRace } from "../src/scenarios/race.ts";
import { startTestServer } from "../src/servers/servers.ts";

const LIFETIME = 1_250;

describe.concurrent("processes that share a session", () => {
  test("redeem each grant once, and only when the token has run out", async ({ expect }) => {
    await using server = await startTestServer("strict", { lifetime: LIFETIME });
    const { problems, losses, redemptions } = await runRace({
      server,
      processes: 6,
      duration: 3_000,
    });
    expect(problems).toEqual([]);
    expect(losses).toEqual([]);
    expect(redemptions).toBeGreaterThan(0);
  });

  test("over a forgiving server, survive every kill", async ({ expect }) => {
    await using server = await startTestServer("forgiving", { lifetime: LIFETIME, isSlow: true });
    const { problems, losses, kills } = await runRace({
      server,
      processes: 5,
      duration: 2_200,
      killEvery: 200,
    });
    expect(problems).toEqual([]);
    expect(losses).toEqual([]);
    expect(kills).toBeGreaterThan(0);
  });

  test("over a strict server, lose it only by a kill between the rotation and the write", async ({
    expect,
  }) => {
    await using server = await startTestServer("strict", { lifetime: LIFETIME, isSlow: true });
    const { problems, kills } = await runRace({
      server,
      processes: 5,
      duration: 2_200,
      killEvery: 200,
    });
    expect(problems).toEqual([]);
    expect(kills).toBeGreaterThan(0);
  });
});
