import { createMemoryStore } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { approved, createStage, fresh, type Stage, signIn } from "../support/signed-in.ts";

const KEY = "test/default";

test("while the version does not change the record is read only every quarter of a second", async () => {
  const { shown, reads, clock } = await waitingForALock(1);
  await clock.advance(200);
  const before = reads();
  await clock.advance(1_000);
  expect(reads() - before).toBeGreaterThanOrEqual(3);
  expect(reads() - before).toBeLessThanOrEqual(4);
  shown.version = 2;
  const unchanged = reads();
  await clock.advance(50);
  expect(reads()).toBe(unchanged + 1);
});

test.each([
  ["that another process stored is adopted when the version changes", 1, 2, 50],
  ["is adopted a little later if the version did not change", 1, 1, 300],
  ["is adopted at once if a store has no version()", undefined, undefined, 50],
])("a token %s", async (_, before, after, within) => {
  const { shown, store, clock, asked, elsewhere } = await waitingForALock(before);
  await clock.advance(250);
  await store.set(KEY, await elsewhere.store.get(KEY));
  shown.version = after;
  await clock.advance(within);
  expect((await asked).accessToken).toBe(elsewhere.manager.peek()?.accessToken);
});

/** A manager with an expired token while another process has the lock, and a fresh session of that process. */
async function waitingForALock(version: number | undefined) {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const stage = createStage({ clock, store }, ...approved(), fresh());
  await signIn(stage);
  await clock.advance(3_600_000);
  const elsewhere: Stage = createStage({ clock }, ...approved(), fresh());
  await signIn(elsewhere);

  await store.lock(KEY);
  const shown: { version: number | undefined } = { version };
  let count = 0;
  const read = store.get.bind(store);
  Object.assign(store, {
    get: (key: string) => {
      count += 1;
      return read(key);
    },
    version: version === undefined ? undefined : async () => shown.version,
  });
  const asked = stage.manager.getToken();
  return { clock, store, shown, asked, elsewhere, reads: () => count };
}
