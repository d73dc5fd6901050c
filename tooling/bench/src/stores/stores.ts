import type { LockingStore } from "@tokenflow/core/store";
import { inRounds } from "../measure/in-rounds.ts";
import type { Area, Row } from "../measure/result.ts";
import { openStore } from "./open-store.ts";
import { startPlaces, TITLES } from "./places.ts";

/** About what a session with a Copilot token takes. */
const RECORD = JSON.stringify({ v: 1, access_token: "t".repeat(900), grant: "g".repeat(300) });
const KEY = "bench/default";

const ACTS: Readonly<Record<string, (store: LockingStore) => Promise<unknown>>> = {
  get: (store) => store.get(KEY),
  set: (store) => store.set(KEY, RECORD),
  replace: (store) => store.replace(KEY, RECORD, RECORD),
  "lock and release": async (store) => (await store.lock(KEY)).release(),
};

/** What one call to each store takes: the price of a look, a write and a lock. */
export const stores: Area = {
  id: "stores",
  title: "The stores",
  async run({ quick, folder, say }) {
    await using running = await startPlaces(folder, say);
    const rows: Row[] = [];
    for (const place of running.places) {
      say(TITLES[place.kind]);
      const store = openStore(place);
      await store.set(KEY, RECORD);
      const figures = await inRounds(quick ? 1 : 5, Object.keys(ACTS), async (act) => [
        await milliseconds(async () => ACTS[act]?.(store), quick ? 20 : 200),
      ]);
      rows.push({
        name: TITLES[place.kind],
        cells: Object.keys(ACTS).map((act) => figures[act]?.[0]),
        kind: "ours",
      });
      await store.disconnect?.();
    }
    return {
      tables: [
        {
          title: "One call",
          about: `One caller, one after another, a record of ${(RECORD.length / 1000).toFixed(1)} kB. A write to a file is on the disk (fsync) when it answers.`,
          columns: Object.keys(ACTS).map((title) => ({ title, unit: "ms" })),
          rows,
        },
      ],
      goals: [],
    };
  },
};

/** The median of so many calls. */
async function milliseconds(call: () => Promise<unknown>, calls: number): Promise<number> {
  const times: number[] = [];
  for (let done = 0; done < calls; done += 1) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[calls >> 1] ?? Number.NaN;
}
