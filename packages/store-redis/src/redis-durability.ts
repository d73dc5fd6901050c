import { isJsonObject } from "@tokenflow/core/store";
import type { Command } from "./redis-client.ts";

/** How a server keeps what it confirmed. A setting is `undefined` where the server does not tell it. */
export interface RedisDurability {
  /** How many replicas are online. */
  readonly replicas: number | undefined;
  /** Whether every write goes to a log on the disk. */
  readonly appendOnly: boolean | undefined;
  /** When that log is synced: `always`, `everysec` or `no`. Needs the permission for `CONFIG GET`. */
  readonly appendFsync: string | undefined;
  /** In bytes; 0 where there is no limit. */
  readonly maxMemory: number | undefined;
  /** What a full server does: `noeviction` refuses writes, `allkeys-lru` and its like delete sessions. */
  readonly maxMemoryPolicy: string | undefined;
  /** What sessions can be lost by; none where nothing is known to be at risk. */
  readonly risks: readonly RedisRisk[];
}

export interface RedisRisk {
  /** `not_told`: the server keeps a setting to itself, so that nobody can say. */
  readonly code: "no_replica" | "no_persistence" | "eviction" | "not_told";
  /** One sentence: what can be lost. */
  readonly message: string;
  /** One sentence: what to do about it. */
  readonly hint: string;
}

/** @param ask answers `undefined` where the server refuses the command */
export async function inspectRedis(ask: (command: Command) => Promise<unknown>): Promise<RedisDurability> {
  const info = async (section: string): Promise<ReadonlyMap<string, string>> =>
    parseInfo(await ask(["INFO", section]));
  const [replication, persistence, memory] = [
    await info("replication"),
    await info("persistence"),
    await info("memory"),
  ];
  const appendOnly = persistence.get("aof_enabled");
  const maxMemory = memory.get("maxmemory");
  const settings = {
    replicas: replication.size === 0 ? undefined : onlineReplicas(replication),
    appendOnly: appendOnly === undefined ? undefined : appendOnly === "1",
    appendFsync: settingOf(await ask(["CONFIG", "GET", "appendfsync"]), "appendfsync"),
    maxMemory: maxMemory === undefined ? undefined : Number(maxMemory),
    maxMemoryPolicy: memory.get("maxmemory_policy"),
  };
  return { ...settings, risks: risksOf(settings) };
}

type Settings = Omit<RedisDurability, "risks">;

function risksOf(settings: Settings): readonly RedisRisk[] {
  const { replicas, appendOnly, appendFsync, maxMemory, maxMemoryPolicy } = settings;
  const risks: RedisRisk[] = [];
  if (replicas === 0)
    risks.push({
      code: "no_replica",
      message: "No replica is online: with this Redis server its sessions are lost",
      hint: "Give it a replica, and Sentinel or a cluster to lead to it.",
    });
  if (appendOnly === false || (appendFsync !== undefined && appendFsync !== "always"))
    risks.push({
      code: "no_persistence",
      message: "A Redis server that is killed forgets the sessions it confirmed last",
      hint: "Set appendonly to yes and appendfsync to always.",
    });
  // A policy of the other kind, volatile-*, deletes what has an expiry, which no session has.
  if (maxMemory !== 0 && maxMemoryPolicy?.startsWith("allkeys-"))
    risks.push({
      code: "eviction",
      message: `A full Redis server deletes sessions (${maxMemoryPolicy})`,
      hint: "Set maxmemory-policy to noeviction.",
    });
  const hidden = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (hidden.length > 0)
    risks.push({
      code: "not_told",
      message: `The Redis server does not tell how it keeps sessions (${hidden.join(", ")})`,
      hint: "Look at its settings, or allow its user INFO and CONFIG GET.",
    });
  return risks;
}

/** `name:value` lines (redis.io, "INFO"). */
function parseInfo(reply: unknown): ReadonlyMap<string, string> {
  const lines = typeof reply === "string" ? reply.split("\r\n") : [];
  return new Map(
    lines.flatMap((line) => {
      const colon = line.indexOf(":");
      return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}

function onlineReplicas(replication: ReadonlyMap<string, string>): number {
  return [...replication.values()].filter((value) => value.includes("state=online")).length;
}

/** A map over RESP3, a list over RESP2. */
function settingOf(reply: unknown, name: string): string | undefined {
  const value: unknown = Array.isArray(reply) ? reply[reply.indexOf(name) + 1] : fieldOf(reply, name);
  return typeof value === "string" && value !== name ? value : undefined;
}

function fieldOf(reply: unknown, name: string): unknown {
  if (reply instanceof Map) return reply.get(name);
  return isJsonObject(reply) ? reply[name] : undefined;
}
