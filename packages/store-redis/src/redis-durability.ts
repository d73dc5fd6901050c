import { isJsonObject } from "@tokenflow/core/store";
import type { Command } from "./connection/redis-client.ts";

/** How a server keeps confirmed writes. A setting is `undefined` if the server does not report it. */
export interface RedisDurability {
  /** The number of replicas that are online. */
  readonly replicas: number | undefined;
  /** `true` if every write is appended to a log on disk. */
  readonly appendOnly: boolean | undefined;
  /** How that log is synced: `always`, `everysec` or `no`. Reading it needs the permission for `CONFIG GET`. */
  readonly appendFsync: string | undefined;
  /** In bytes; 0 without a limit. */
  readonly maxMemory: number | undefined;
  /** The policy of a full server: `noeviction` refuses writes, `allkeys-lru` and similar ones delete sessions. */
  readonly maxMemoryPolicy: string | undefined;
  /** The ways in which sessions can be lost. Empty if no risk is known. */
  readonly risks: readonly RedisRisk[];
}

export interface RedisRisk {
  /** `not_told`: the server does not report a setting, so the risk is unknown. */
  readonly code: "no_replica" | "no_persistence" | "eviction" | "not_told";
  /** One sentence: what can be lost. */
  readonly message: string;
  /** One sentence: what to do about it. */
  readonly hint: string;
}

/** @param ask returns `undefined` if the server refuses the command */
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
      message: "No replica is online: if this Redis server is lost, so are its sessions",
      hint: "Add a replica with Sentinel or Redis Cluster for fail-over.",
    });
  if (appendOnly === false || (appendFsync !== undefined && appendFsync !== "always"))
    risks.push({
      code: "no_persistence",
      message: "If this Redis server is killed, it loses the last sessions that it confirmed",
      hint: "Set appendonly to yes and appendfsync to always.",
    });
  // The other policies, volatile-*, delete only keys with an expiry, which no session has.
  if (maxMemory !== 0 && maxMemoryPolicy?.startsWith("allkeys-"))
    risks.push({
      code: "eviction",
      message: `When this Redis server is full, it deletes sessions (${maxMemoryPolicy})`,
      hint: "Set maxmemory-policy to noeviction.",
    });
  const hidden = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (hidden.length > 0)
    risks.push({
      code: "not_told",
      message: `The Redis server does not report how it keeps sessions (${hidden.join(", ")})`,
      hint: "Check its settings, or allow its user INFO and CONFIG GET.",
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

/** Reads a setting from a map (RESP3) or a list (RESP2). */
function settingOf(reply: unknown, name: string): string | undefined {
  const value: unknown = Array.isArray(reply) ? reply[reply.indexOf(name) + 1] : fieldOf(reply, name);
  return typeof value === "string" && value !== name ? value : undefined;
}

function fieldOf(reply: unknown, name: string): unknown {
  if (reply instanceof Map) return reply.get(name);
  return isJsonObject(reply) ? reply[name] : undefined;
}
