import { describe, test } from "vitest";
import { CRASH_MATRIX, fillTable, LOST_ANSWERS } from "../src/scenarios/crash-matrix.ts";
import { crash, loseAnswer } from "../src/scenarios/interruption.ts";
import { runRace } from "../src/scenarios/race.ts";
import { startCertified, startTestServer } from "../src/servers/servers.ts";

const LIFETIME = 2_000;

describe.concurrent("over oidc-provider", () => {
  test("processes that share a session redeem each grant once", async ({ expect }) => {
    await using server = await startTestServer("strict", { lifetime: LIFETIME, make: startCertified });
    const { problems, losses, redemptions } = await runRace({
      server,
      processes: 3,
      duration: 2_200,
    });
    expect(problems).toEqual([]);
    expect(losses).toEqual([]);
    expect(redemptions).toBeGreaterThan(0);
  });

  test("a process that is killed leads where the crash matrix says", async ({ expect }) => {
    const steps = ["after the intent", "after the rotation"] as const;
    expect(await fillTable(steps, crash, startCertified)).toEqual(pick(CRASH_MATRIX, steps));
  });

  test("an answer that is lost leads where the crash matrix says", async ({ expect }) => {
    const steps = ["unanswered"] as const;
    expect(await fillTable(steps, loseAnswer, startCertified)).toEqual(pick(LOST_ANSWERS, steps));
  });
});

/** Some of the rows; the long form has them all. */
function pick<Step extends string, Row>(table: Readonly<Record<Step, Row>>, steps: readonly Step[]) {
  return Object.fromEntries(steps.map((step) => [step, table[step]]));
}
