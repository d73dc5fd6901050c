import { join } from "node:path";
import { startChild } from "@tokenflow/services";
import type { RedisStoreOptions } from "@tokenflow/store-redis";
import { expect } from "vitest";

/** A program that has read a session, and never ends its connections, ends all the same. */
export async function expectIdleEnd(options: RedisStoreOptions, key: string, value: string): Promise<void> {
  const child = startChild(join(import.meta.dirname, "ask-once.ts"), JSON.stringify(options), key);
  try {
    expect(await child.line("read")).toBe(value);
    expect(await child.ended()).toBe(0);
  } finally {
    await child.kill();
  }
}
