import type { LockingStore } from "@tokenflow/core/store";
import { inRounds } from "../measure/in-rounds.ts";
import type { Area, Row } from "../measure/result.ts";
import { openStore, startStores } from "./open-store.ts";

/** About the size of a session with a Copilot token. */
const RECORD = JSON.stringify({ v: 1, access_token: "t".repeat(900), grant: "g".repeat(300) });
const KEY = "bench/default";

const CALLS: Readonly<Record<string, (store: LockingStore) => Promise<unknown>>> = {
  "get [ms]": (store) => store.get(KEY),
  "set [ms]": (store) => store.set(KEY, RECORD),
  "replace [ms]": (store) => store.replace(KEY, RECORD, RECORD),
  "lock and release [ms]": async (store) => (await store.lock(KEY)).release(),
};

/** Measures one call to each store: a read, a write and a lock. */
export const stores: Area = {
  title: "The stores",
  async run({ quick, folder, say }) {
    await using running = await startStores(folder);
    const columns = Object.keys(CALLS);
    const rows: Row[] = [];
    for (const address of running.stores) {
      say(address.title);
      const store = openStore(address);
      await store.set(KEY, RECORD);
      const figures = await inRounds(quick ? 1 : 5, columns, async (name) => [
        await milliseconds(async () => CALLS[name]?.(store), quick ? 20 : 200),
      ]);
      rows.push([address.title, ...columns.map((name) => figures[name]?.[0])]);
      await store.disconnect?.();
    }
    const size = (RECORD.length / 1000).toFixed(1);
    const about = `One caller and a record of ${size} kB. When a write to a file returns, the file is on the disk (fsync).`;
    return { tables: [{ about, columns, rows }], goals: [] };
  },
};

/** Returns the median of so many calls. */
async function milliseconds(call: () => Promise<unknown>, calls: number): Promise<number> {
  const times: number[] = [];
  for (let done = 0; done < calls; done += 1) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[calls >> 1] ?? Number.NaN;
}
