import {
  explore,
  formatSchedule,
  HORIZON,
  type Invariant,
  parseSchedule,
  replaySchedule,
} from "@tokenflow/explore";
import { expect, test } from "vitest";

/** As short as a rule of one's own is. It is broken by any crash after a rotation. */
const nobodyCrashesWithAGrant: Invariant = {
  rule: "Nobody crashes between rotation and write",
  check: ({ excuse }) => (excuse?.startsWith("a crash") ? excuse : undefined),
};

const limits = { preemptions: 1, incidents: 1, horizon: HORIZON, hazards: ["crash"] };

async function steps(schedule: string): Promise<readonly string[]> {
  const seen: string[] = [];
  await replaySchedule(schedule, { onStep: (_step, label) => seen.push(label) });
  return seen;
}

test("the schedule of a violation shows it again, step by step", async () => {
  const scenario = "strict.kernel.dead/get+get";
  const invariants = [nobodyCrashesWithAGrant];
  const { violations } = await explore(scenario, { limits, invariants, timeout: 60_000, stopAtFirst: true });
  const [first] = violations;
  expect(first?.problem).toContain(nobodyCrashesWithAGrant.rule);

  const schedule = formatSchedule({ scenario, deviations: first?.schedule ?? [] });
  expect(schedule).toMatch(/^strict\.kernel\.dead\/get\+get( \d+:P\d\.\w+)+$/);
  expect(formatSchedule(parseSchedule(schedule))).toBe(schedule);
  expect(await replaySchedule(schedule, { invariants })).toBe(first?.problem);
  const once = await steps(schedule);
  expect(once.length).toBeGreaterThan(8);
  expect(await steps(schedule)).toEqual(once);
});

test("two searches see the same schedules and states", async () => {
  const count = async (): Promise<unknown> => {
    const { schedules, states } = await explore("forgiving.kernel.soon/start", { limits, timeout: 60_000 });
    return { schedules, states };
  };
  expect(await count()).toEqual(await count());
});

test("a schedule that fits no run says which choices there are", async () => {
  await expect(replaySchedule("strict.kernel.dead/get 0:P2.lock")).rejects.toThrow(
    "Step 0 has no choice P2.lock, only P1.get",
  );
  await expect(replaySchedule("strict.kernel.dead/fly")).rejects.toThrow('no operation "fly"');
  await expect(replaySchedule("strict.file.dead/get")).rejects.toThrow(
    "It looks like strict.kernel.due/get+get",
  );
  await expect(replaySchedule("strict.kernel.dead/get P1.crash")).rejects.toThrow("It looks like 9:P1.crash");
});
