import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyvSqlite } from "@keyv/sqlite";
import { copySessions, createMemoryStore, createTokenManager } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { approved, fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const openDatabase = (path: string): KeyvSqlite => {
  const store = new KeyvSqlite({ uri: `sqlite://${path}`, driver: "node:sqlite" });
  onTestFinished(() => store.disconnect());
  return store;
};

test("Keyv's own SQLite adapter stores a session, which a later program refreshes and copies", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-sqlite-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "sessions.sqlite");
  const clock = createFakeClock();
  const { fetch } = createScriptedFetch(...approved(), fresh(), fresh());
  const provider = createTestProvider();

  const first = createTokenManager({ provider, store: openDatabase(path), clock, fetch });
  const done = first.signIn({ onUserCode: () => undefined });
  await clock.advance(6_000);
  await done;
  const { accessToken } = await first.getToken();
  await first.close();

  const store = openDatabase(path);
  const second = createTokenManager({ provider, store, clock, fetch });
  expect((await second.getToken()).accessToken).toBe(accessToken);
  await clock.advance(3_600_000);
  const renewed = await second.getToken();
  expect(renewed.accessToken).not.toBe(accessToken);
  await second.close();

  const moved = createMemoryStore();
  expect((await copySessions(store, moved)).copied).toHaveLength(1);
  const third = createTokenManager({ provider, store: moved, clock, fetch });
  expect((await third.getToken()).accessToken).toBe(renewed.accessToken);
});
