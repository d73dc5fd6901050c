import { freePort } from "@tokenflow/services";
import { expect, test } from "vitest";
import { prepareScenario } from "../src/scenarios/test-scenario.ts";
import { FORGIVEN_FOR } from "../src/servers/servers.ts";
import { checkToken, openSession } from "../src/workers/open-session.ts";

/** The server forgives after one of these, not after two. */
const PAUSE = 0.6 * FORGIVEN_FOR;

test("forgiveness is counted from the first try, however many answers are lost after it", async () => {
  await using scenario = await prepareScenario("forgiving");
  const { server, clock, location } = scenario;
  await using manager = openSession({ ...location, clock });
  server.faults.push("unanswered", "unanswered");
  // In time, in time, and too late, although the second attempt was recent.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await manager.getToken({ forceRefresh: true }).catch(() => undefined);
    clock.advance(PAUSE);
  }
  expect(server.journal.entries.map(({ outcome }) => outcome)).toEqual(["signed_in", "rotated", "forgiven"]);
  expect(await checkToken(server.url, await manager.getToken())).toBe(true);
});

test("an attempt that never left does not clear one whose answer was lost", async () => {
  await using scenario = await prepareScenario("forgiving");
  const { server, clock, location } = scenario;
  let nobody: number | undefined;
  await using manager = openSession({
    ...location,
    clock,
    fetch: (input, init) =>
      nobody === undefined ? fetch(input, init) : fetch(`http://127.0.0.1:${nobody}`, { method: "POST" }),
  });
  server.faults.push("unanswered");
  await manager.getToken({ forceRefresh: true }).catch(() => undefined);
  clock.advance(PAUSE);
  nobody = await freePort();
  await manager.getToken({ forceRefresh: true }).catch(() => undefined);
  clock.advance(PAUSE);
  nobody = undefined;
  await manager.getToken({ forceRefresh: true }).catch(() => undefined);
  expect(server.journal.entries.map(({ outcome }) => outcome)).toEqual(["signed_in", "rotated"]);
  expect(await checkToken(server.url, await manager.getToken())).toBe(true);
});
