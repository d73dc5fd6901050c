import { createTokenManager, type TokenFlowEvent, type TokenManager } from "@tokenflow/core";
import type { RedisStoreOptions } from "@tokenflow/store-redis";
import { onTestFinished } from "vitest";
import { openStore } from "./open-store.ts";
import { createRotatingProvider } from "./rotating-provider.ts";
import { type RotatingServer, startRotatingServer } from "./rotating-server.ts";

export interface Fleet {
  readonly server: RotatingServer;
  /** One more member, with a connection of its own. */
  join(): TokenManager;
  /** The types of what happened, over all members. */
  readonly events: readonly TokenFlowEvent["type"][];
}

/** Programs that share one session in Redis, and its strict server, until the test is over. */
export async function openFleet(options: RedisStoreOptions): Promise<Fleet> {
  const server = await startRotatingServer(3600);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const events: TokenFlowEvent["type"][] = [];
  return {
    server,
    events,
    join() {
      const manager = createTokenManager({
        provider: createRotatingProvider(server.url),
        store: openStore(options),
        onEvent: ({ type }) => void events.push(type),
      });
      onTestFinished(() => manager.close());
      return manager;
    },
  };
}

export async function signIn(member: TokenManager): Promise<void> {
  await member.signIn({ onUserCode: () => undefined });
}
