import { createMemoryStore, createTokenManager, isTokenFlowError } from "@tokenflow/core";
import { createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { approved, createStage, fresh, signIn } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

async function storedRecord(): Promise<{ raw: string; read(raw: string): Promise<string> }> {
  const stage = createStage({}, ...approved(), fresh({ access_token: "the-right-token" }));
  await signIn(stage);
  return {
    raw: String(await stage.store.get("test/default")),
    async read(raw) {
      const store = createMemoryStore({ clock: stage.clock });
      await store.set("test/default", raw);
      const fetch = createScriptedFetch().fetch;
      const manager = createTokenManager({
        provider: createTestProvider(),
        store,
        clock: stage.clock,
        fetch,
      });
      const answer = await manager.getToken().then(
        ({ accessToken }) => accessToken,
        (error: unknown) => (isTokenFlowError(error) ? error.code : `not ours: ${String(error)}`),
      );
      expect(await store.get("test/default"), "a reader moved the record").toBe(raw);
      return answer;
    },
  };
}

test("a record cut at any byte is corrupt, never a wrong token, and stays where it is", async () => {
  const { raw, read } = await storedRecord();
  expect(await read(raw)).toBe("the-right-token");
  for (let length = 0; length < raw.length; length += 1) {
    expect(await read(raw.slice(0, length)), `cut at ${length}`).toBe("store.corrupt");
  }
});

test("a record with any byte flipped is corrupt, never a wrong token, and stays where it is", async () => {
  const { raw, read } = await storedRecord();
  for (let index = 0; index < raw.length; index += 1) {
    for (const bit of [1, 2, 16, 64]) {
      const flipped =
        raw.slice(0, index) + String.fromCharCode(raw.charCodeAt(index) ^ bit) + raw.slice(index + 1);
      expect(await read(flipped), `bit ${bit} of byte ${index}`).toBe("store.corrupt");
    }
  }
});

test("a record of a newer version is told from a corrupt one", async () => {
  const { raw, read } = await storedRecord();
  // Written by a version that knows more, with its own checksum.
  const newer = withChecksum(raw.replace(/,"check".*/, "").replace('"version":1', '"version":2'));
  expect(await read(newer)).toBe("store.newer");
});

test("a file with just the four fields of the cache format is a session without a grant", async () => {
  const { read } = await storedRecord();
  const four = {
    access_token: "plain",
    token_type: "bearer",
    expires_in: 3600,
    expires_at: "2026-01-01T00:59:00.000Z",
  };
  expect(await read(JSON.stringify(four))).toBe("plain");
  expect(await read(JSON.stringify({ ...four, expires_at: "2025-12-31T00:00:00.000Z" }))).toBe(
    "session.signed_out",
  );
  expect(await read(JSON.stringify({ ...four, else: 1 }))).toBe("store.corrupt");
});

test("unknown fields are kept when a session is rewritten", async () => {
  const stage = createStage({}, ...approved(), fresh(), fresh());
  await signIn(stage);
  const raw = String(await stage.store.get("test/default"));
  await stage.store.set(
    "test/default",
    withChecksum(`${raw.replace(/,"check".*/, "")},"theirs":{"deep":[1]}`),
  );
  await stage.manager.getToken({ forceRefresh: true });
  expect(JSON.parse(String(await stage.store.get("test/default")))).toMatchObject({ theirs: { deep: [1] } });
});

/** FNV-1a over all that stands before the checksum, as the record's format has it. */
function withChecksum(body: string): string {
  let hash = 0x811c9dc5;
  for (const character of body) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return `${body},"check":"${(hash >>> 0).toString(16).padStart(8, "0")}"}`;
}
