import {
  createMemoryStore,
  createTokenManager,
  importSession,
  type Provider,
  type TokenManager,
} from "@tokenflow/core";
import { createFileStore } from "@tokenflow/store-file";
import { type Figure, figure } from "../measure/figure.ts";
import { inRoundsAlone } from "../measure/in-rounds.ts";
import type { Area, Row, Table } from "../measure/result.ts";

const HOUR = 3_600_000;

/** How cost grows: with sessions, with callers, with the size of a record. */
export const growth: Area = {
  id: "growth",
  title: "Growth",
  async run({ quick, folder, say }) {
    const rounds = quick ? 1 : 3;
    say("sessions in one process");
    const bySessions = await sessionsTable(quick ? [1, 100] : [1, 100, 10_000], rounds);
    say("callers of one session");
    const byCallers = await callersTable(quick ? [1, 1_000] : [1, 1_000, 100_000], rounds);
    say("records");
    const byRecord = await recordsTable([1, 10, 100], rounds, folder);
    say("sessions in one folder");
    const byFolder = await folderTable(quick ? [1, 100] : [1, 100, 10_000], rounds, folder);
    return { tables: [bySessions, byCallers, byRecord, byFolder], goals: [] };
  },
};

function createProvider(onRedeem: () => void = () => undefined): Provider {
  return {
    id: "bench",
    name: "Bench",
    requestDeviceCode: () => Promise.reject(new Error("nobody signs in")),
    pollDeviceCode: () => Promise.reject(new Error("nobody signs in")),
    async redeem() {
      onRedeem();
      return { token: { accessToken: "secret", tokenType: "bearer", lifetime: HOUR } };
    },
    grantReplay: () => "always",
  };
}

async function sessionsTable(counts: readonly number[], rounds: number): Promise<Table> {
  const provider = createProvider();
  const rows: Row[] = [];
  for (const count of counts) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    const store = createMemoryStore();
    const start = performance.now();
    const managers = await Promise.all(
      Array.from({ length: count }, async (_, index): Promise<TokenManager> => {
        const account = `account-${index}`;
        await importSession({ provider, store, account, grant: { secret: "grant" } });
        const manager = createTokenManager({ provider, store, account });
        await manager.getToken();
        return manager;
      }),
    );
    const opened = (performance.now() - start) / count;
    globalThis.gc?.();
    const memory = (process.memoryUsage().heapUsed - before) / count / 1000;
    const asked = await inRoundsAlone(rounds, async () => {
      const begin = performance.now();
      const calls = 100_000;
      for (let call = 0; call < calls; call += 1) await managers[call % count]?.getToken();
      return [((performance.now() - begin) / calls) * 1e6];
    });
    rows.push({
      name: `${count} sessions`,
      cells: [asked[0], exactly(opened), exactly(memory)],
      kind: "ours",
    });
    await Promise.all(managers.map((manager) => manager.close()));
  }
  return {
    title: "Sessions in one process",
    about: "Each with a manager and a token at hand, over one store in memory; calls go round among them.",
    columns: [
      { title: "getToken()", unit: "ns" },
      { title: "to open one", unit: "ms" },
      { title: "memory of one", unit: "kB" },
    ],
    rows,
  };
}

async function callersTable(counts: readonly number[], rounds: number): Promise<Table> {
  const rows: Row[] = [];
  for (const count of counts) {
    const figures = await inRoundsAlone(rounds, async () => {
      let redemptions = 0;
      const provider = createProvider(() => {
        redemptions += 1;
      });
      const manager = createTokenManager({ provider, grant: { secret: "grant" } });
      const start = performance.now();
      await Promise.all(Array.from({ length: count }, () => manager.getToken()));
      const time = performance.now() - start;
      await manager.close();
      return [(time / count) * 1e3, redemptions];
    });
    const [perCaller, redemptions] = figures;
    rows.push({
      name: `${count} callers at once`,
      cells: [scale(perCaller, 1000), redemptions],
      kind: "ours",
    });
  }
  return {
    title: "Callers of one session",
    about: "All ask in the same turn for a token that must be redeemed first.",
    columns: [
      { title: "one caller", unit: "ns" },
      { title: "redemptions", unit: "" },
    ],
    rows,
  };
}

async function recordsTable(sizes: readonly number[], rounds: number, folder: string): Promise<Table> {
  const store = createFileStore({ folder: `${folder}/records` });
  const rows: Row[] = [];
  for (const size of sizes) {
    const record = JSON.stringify({ access_token: "t".repeat(size * 1000) });
    const figures = await inRoundsAlone(rounds, async () => {
      const begin = performance.now();
      for (let call = 0; call < 50; call += 1) await store.set("bench/default", record);
      const written = performance.now();
      for (let call = 0; call < 50; call += 1) await store.get("bench/default");
      return [(written - begin) / 50, (performance.now() - written) / 50];
    });
    rows.push({ name: `${size} kB`, cells: figures, kind: "ours" });
  }
  return {
    title: "The size of a record",
    about:
      "In the file store, each write on the disk when it answers. A session with a Copilot token is 1 to 3 kB.",
    columns: [
      { title: "set", unit: "ms" },
      { title: "get", unit: "ms" },
    ],
    rows,
  };
}

async function folderTable(counts: readonly number[], rounds: number, folder: string): Promise<Table> {
  const rows: Row[] = [];
  for (const count of counts) {
    const store = createFileStore({ folder: `${folder}/many-${count}` });
    for (let begun = 0; begun < count; begun += 50) {
      const keys = Array.from(
        { length: Math.min(50, count - begun) },
        (_, index) => `bench/account-${begun + index}`,
      );
      await Promise.all(keys.map((key) => store.set(key, '{"access_token":"secret"}')));
    }
    const figures = await inRoundsAlone(rounds, async () => {
      const begin = performance.now();
      for (let call = 0; call < 50; call += 1) await store.get(`bench/account-${(call * 97) % count}`);
      const read = performance.now();
      let seen = 0;
      for await (const _ of store.keys()) seen += 1;
      if (seen !== count) throw new Error(`Listed ${seen} of ${count} sessions`);
      return [(read - begin) / 50, performance.now() - read];
    });
    rows.push({ name: `${count} sessions`, cells: figures, kind: "ours" });
  }
  return {
    title: "Sessions in one folder",
    about: "One file a session.",
    columns: [
      { title: "get one", unit: "ms" },
      { title: "list all", unit: "ms" },
    ],
    rows,
  };
}

function exactly(value: number): Figure {
  return figure([value]);
}

function scale(of: Figure | undefined, by: number): Figure | undefined {
  return of && figure(of.rounds.map((value) => value * by));
}
