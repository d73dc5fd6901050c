import type { FileStore } from "@tokenflow/store-file";
import { expect, test } from "vitest";
import { LIFETIME, prepareScenario } from "../src/scenarios/test-scenario.ts";
import { checkToken, openSession } from "../src/workers/open-session.ts";

const LOCK_TTL = 10_000;

test("a holder whose lock has lapsed may still store the only live grant", async () => {
  await using scenario = await prepareScenario("strict");
  const { server, clock } = scenario;
  const location = { ...scenario.location, clock };
  clock.advance(LIFETIME);

  const answered = Promise.withResolvers<void>();
  const goesOn = Promise.withResolvers<void>();
  await using sleeper = openSession({
    ...location,
    wrap: (store) => withLapsingLock(store, "sleeper/1/1"),
    fetch: async (...request) => {
      const response = await fetch(...request);
      answered.resolve();
      await goesOn.promise;
      return response;
    },
  });
  const slept = sleeper.getToken();
  await answered.promise;

  // Another one takes the lock and finds no live token. It waits, since a second use of the grant would end the session.
  clock.advance(LOCK_TTL);
  let reads = 0;
  const countReads = (store: FileStore): FileStore => {
    const get = store.get.bind(store);
    return Object.assign(store, { get: (key: string) => get(key).finally(() => (reads += 1)) });
  };
  await using other = openSession({
    ...location,
    wrap: (store) => countReads(withLapsingLock(store, "other/2/2")),
  });
  const waited = other.getToken();
  // It reads the record again and again, and sends nothing.
  await expect.poll(() => reads).toBeGreaterThan(5);
  expect(server.journal.entries).toHaveLength(2);

  goesOn.resolve();
  expect(await checkToken(server.url, await slept)).toBe(true);
  expect((await waited).accessToken).toBe((await slept).accessToken);
  await using newcomer = openSession(location);
  clock.advance(LIFETIME);
  expect(await checkToken(server.url, await newcomer.getToken())).toBe(true);
  const outcomes = server.journal.entries.map(({ outcome }) => outcome);
  expect(outcomes).toEqual(["signed_in", "rotated", "rotated"]);
});

/** Imitates a lock in Redis, which nobody renews while its holder sleeps. */
function withLapsingLock(store: FileStore, owner: string): FileStore {
  return Object.assign(store, {
    owner,
    lock: async () => {
      const release = async (): Promise<void> => undefined;
      const { signal } = new AbortController();
      return { signal, ttl: LOCK_TTL, held: () => true, release, [Symbol.asyncDispose]: release };
    },
  });
}
