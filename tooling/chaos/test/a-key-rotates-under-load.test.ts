import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createMemoryStore,
  createTokenManager,
  isTokenFlowError,
  type Provider,
  TokenFlowError,
  type TokenManager,
} from "@tokenflow/core";
import { createKeyEncryption, type Encryption, rotateSessions } from "@tokenflow/core/encryption";
import type { LockingStore } from "@tokenflow/core/store";
import { noRedis, startRedis } from "@tokenflow/services";
import { createFileStore } from "@tokenflow/store-file";
import { createRedisStore } from "@tokenflow/store-redis";
import { expect, onTestFinished, test } from "vitest";

const KEY = "strict/default";
const OLD = new Uint8Array(32).fill(1);
const NEW = new Uint8Array(32).fill(2);
/** What the programs of a fleet have, one deployment after the other. */
const onlyOld = (): Encryption => createKeyEncryption({ key: OLD });
const readsNew = (): Encryption => createKeyEncryption({ key: OLD, oldKeys: [NEW] });
const writesNew = (): Encryption => createKeyEncryption({ key: NEW, oldKeys: [OLD] });
const onlyNew = (): Encryption => createKeyEncryption({ key: NEW });

/** A service that accepts each grant once; a second use ends the session. */
const createStrictProvider = () => {
  const counts = { used: 0, refused: 0 };
  const provider: Provider = {
    id: "strict",
    name: "Strict",
    requestDeviceCode: async () => ({
      deviceCode: "device",
      userCode: "USER",
      verificationUri: "https://auth.example.org",
      lifetime: 60_000,
      interval: 1,
    }),
    pollDeviceCode: async () => ({ status: "granted", grant: { number: 0 } }),
    redeem: async ({ number }) => {
      if (number !== counts.used || counts.refused > 0) {
        counts.refused += 1;
        throw new TokenFlowError("session.revoked", "Refused", { grantUnused: true });
      }
      counts.used += 1;
      const used = counts.used;
      await new Promise((resolve) => setImmediate(resolve));
      const token = { accessToken: `token-${used}`, tokenType: "Bearer", lifetime: 3_600_000 };
      return { token, grant: { number: used } };
    },
    grantReplay: () => "never",
  };
  return { counts, provider };
};

const STORES: Readonly<Record<string, () => Promise<() => LockingStore>>> = {
  memory: async () => {
    const store = createMemoryStore();
    return () => store;
  },
  file: async () => {
    const folder = await mkdtemp(join(tmpdir(), "tokenflow-rotate-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return () => createFileStore({ folder });
  },
  redis: async () => {
    const server = await startRedis();
    onTestFinished(() => server[Symbol.asyncDispose]());
    return () => {
      const store = createRedisStore({ url: server.url });
      onTestFinished(() => store.disconnect?.());
      return store;
    };
  },
};

test.each(Object.entries(STORES).filter(([name]) => name !== "redis" || !noRedis))(
  "over the %s store no grant is spent twice, and the old key goes when the report says so",
  async (_, create) => {
    const open = await create();
    const { provider, counts } = createStrictProvider();
    const manage = (encryption: Encryption): TokenManager => {
      const manager = createTokenManager({ provider, store: open(), encryption });
      onTestFinished(() => manager.close());
      return manager;
    };
    const refresh = (manager: TokenManager): Promise<string> =>
      manager.getToken({ forceRefresh: true }).then(
        () => "token",
        (error: unknown) => (isTokenFlowError(error) ? error.code : "another error"),
      );
    await manage(onlyOld()).signIn({ onUserCode: () => undefined });
    expect(await refresh(manage(onlyNew()))).toBe("store.key_missing");

    // A rolling deployment: some programs write with the old key, some with the new one, and all read both.
    const load = [readsNew, writesNew, readsNew, writesNew].map(async (encryption) => {
      const manager = manage(encryption());
      const outcomes: string[] = [];
      for (let round = 0; round < 10; round += 1) outcomes.push(await refresh(manager));
      return outcomes;
    });
    const rotating = (async () => {
      for (let round = 0; round < 10; round += 1) await rotateSessions(open(), writesNew());
    })();
    expect(new Set((await Promise.all(load)).flat())).toEqual(new Set(["token"]));
    await rotating;

    // Then only programs that write with the new key are left.
    await rotateSessions(open(), writesNew());
    const report = await rotateSessions(open(), writesNew());
    expect(report).toEqual({ rotated: [], current: [KEY], skipped: [], oldKeysMayGo: true });
    expect(await refresh(manage(onlyNew()))).toBe("token");
    expect(await refresh(manage(onlyOld()))).toBe("store.key_missing");
    expect(await rotateSessions(open(), onlyOld())).toMatchObject({
      skipped: [{ key: KEY, reason: "store.key_missing" }],
      oldKeysMayGo: false,
    });
    expect(counts.refused).toBe(0);
    expect(counts.used).toBeGreaterThan(10);
  },
);

test("a session that may be in the middle of a refresh under a lease is left alone", async () => {
  const store = createMemoryStore();
  const lock = store.lock.bind(store);
  const leased: LockingStore = Object.assign(store, {
    lock: async (...request: Parameters<typeof lock>) => ({ ...(await lock(...request)), ttl: 10_000 }),
  });
  const { provider } = createStrictProvider();
  const encryption = onlyOld();
  await using manager = createTokenManager({ provider, store: leased, encryption });
  await manager.signIn({ onUserCode: () => undefined });
  const text = await encryption.decrypt(String(await store.get(KEY)), KEY);
  const mark = {
    grant: "hash",
    owner: "another/1/1",
    at: new Date().toISOString(),
    attempt: 1,
    lock: "their",
  };
  await store.set(KEY, await encryption.encrypt(marked(text, mark), KEY));
  const before = await store.get(KEY);
  expect(await rotateSessions(leased, writesNew())).toEqual({
    rotated: [],
    current: [],
    skipped: [{ key: KEY, reason: "refreshing" }],
    oldKeysMayGo: false,
  });
  expect(await store.get(KEY)).toBe(before);
});

/** Adds a mark to a record, with the checksum that it then has. */
function marked(text: string, mark: object): string {
  const { check: _check, ...fields } = JSON.parse(text) as Record<string, unknown>;
  const body = JSON.stringify({ ...fields, mark }).slice(0, -1);
  let hash = 0x811c9dc5;
  for (let index = 0; index < body.length; index += 1)
    hash = Math.imul(hash ^ body.charCodeAt(index), 0x01000193);
  return `${body},"check":"${(hash >>> 0).toString(16).padStart(8, "0")}"}`;
}
