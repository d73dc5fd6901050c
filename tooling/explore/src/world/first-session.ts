import type { Clock } from "@tokenflow/core";
import type { Engine } from "./engine.ts";
import { LIFETIME } from "./simulated-service.ts";
import type { Keys } from "./stored-session.ts";

/** The wall-clock time at which a world begins. */
export const START: number = Date.UTC(2026, 0, 1);

const made = new Map<string, Promise<string>>();

/** Returns a stored session with the grant `a1` and a token of an age. It is the same text each time. */
export function firstSession(engine: Engine, age: number, keys: Keys | undefined): Promise<string> {
  const name = `${age} ${keys?.id}`;
  const known = made.get(name) ?? make(engine, age, keys);
  made.set(name, known);
  return known;
}

async function make(
  { importSession, createMemoryStore, Token }: Engine,
  age: number,
  encryption: Keys | undefined,
): Promise<string> {
  const issuedAt = START - age;
  const clock: Clock = { now: () => issuedAt, monotonicNow: () => 0, sleep: async () => undefined };
  const store = createMemoryStore({ clock });
  await importSession({
    provider: { id: "test", name: "Test" },
    store,
    clock,
    encryption,
    grant: { rt: "a1" },
    token: new Token({ accessToken: "t-a1", tokenType: "Bearer", issuedAt, expiresAt: issuedAt + LIFETIME }),
  });
  const stored: unknown = await store.get("test/default");
  return typeof stored === "string" ? stored : "";
}
