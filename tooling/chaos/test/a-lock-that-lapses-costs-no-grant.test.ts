import { isTokenFlowError } from "@tokenflow/core";
import type { FileStore } from "@tokenflow/store-file";
import { expect, test } from "vitest";
import { LIFETIME, prepareScenario } from "../src/scenarios/test-scenario.ts";
import { checkToken, openSession } from "../src/workers/open-session.ts";

const LOCK_LIFE = 10_000;

test("a holder whose lock has lapsed may still store the only live grant", async () => {
  await using scene = await prepareScenario("strict");
  const { server, clock } = scene;
  const place = { ...scene.place, clock };
  clock.advance(LIFETIME);

  const answered = Promise.withResolvers<void>();
  const goesOn = Promise.withResolvers<void>();
  await using sleeper = openSession({
    ...place,
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

  // Another holder takes the lock, finds no live token, and does not reach the server: the mark is its own now.
  clock.advance(LOCK_LIFE);
  server.faults.push("unheard");
  await using other = openSession({ ...place, wrap: (store) => withLapsingLock(store, "other/2/2") });
  const failure = await other.getToken().catch((error: unknown) => error);
  expect(isTokenFlowError(failure, "provider.unavailable")).toBe(true);
  expect((await other.status()).interrupted?.owner).toBe("other/2/2");

  goesOn.resolve();
  expect(await checkToken(server.url, await slept)).toBe(true);
  await using newcomer = openSession(place);
  clock.advance(LIFETIME);
  expect(await checkToken(server.url, await newcomer.getToken())).toBe(true);
  const outcomes = server.journal.entries.map(({ outcome }) => outcome);
  expect(outcomes).toEqual(["signed_in", "rotated", undefined, "rotated"]);
});

/** Imitates a lock in Redis, which nobody renews while its holder sleeps. */
function withLapsingLock(store: FileStore, owner: string): FileStore {
  return Object.assign(store, {
    owner,
    lock: async () => {
      const release = async (): Promise<void> => undefined;
      const { signal } = new AbortController();
      return { signal, life: LOCK_LIFE, held: () => true, release, [Symbol.asyncDispose]: release };
    },
  });
}
