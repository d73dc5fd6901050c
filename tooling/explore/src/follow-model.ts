import { ALL_HAZARDS, HORIZON } from "./explore.ts";
import { checkInvariants } from "./invariants/index.ts";
import { type ModelCase, simulateModel } from "./model/check-model.ts";
import { type ReplayedTrace, readTrace, replayTrace } from "./model/replay-trace.ts";
import { type Engine, loadEngine } from "./world/engine.ts";
import type { WorldState } from "./world/facts.ts";
import { makeRepeatable } from "./world/repeatable.ts";
import { parseScenario } from "./world/scenario.ts";
import { createWorld } from "./world/world.ts";

/** Lets the code follow a random run of the model. The same seed is the same run. */
export async function followModel(
  { service, lock }: Omit<ModelCase, "token">,
  seed: number,
  engine?: Engine,
): Promise<ReplayedTrace> {
  using random = makeRepeatable();
  let state: WorldState | undefined;
  const run = await createWorld({
    scenario: parseScenario(`${service}.${lock}.dead/get+get+get`),
    limits: { preemptions: 99, incidents: 99, horizon: HORIZON, hazards: ALL_HAZARDS, anybodyCrashes: true },
    engine: engine ?? (await loadEngine()),
    random,
    check(now) {
      state = now;
      return checkInvariants(now);
    },
  });
  run.problem();
  const stateNow = (): WorldState => {
    if (!state) throw new Error("The world was never looked at");
    return state;
  };
  return await replayTrace(run, stateNow, readTrace(simulateModel({ service, lock, token: "dead" }, seed)));
}
