import {
  createMemoryStore,
  createTokenManager,
  type Provider,
  type TokenFlowEvent,
  type TokenManager,
} from "@tokenflow/core";
import type { LockingStore } from "@tokenflow/core/store";
import {
  type Answer,
  createFakeClock,
  createScriptedFetch,
  type FakeClock,
  type ScriptedFetch,
} from "@tokenflow/core/testing";
import { createTestProvider } from "./test-provider.ts";

export interface Stage {
  readonly clock: FakeClock;
  readonly store: LockingStore;
  readonly script: ScriptedFetch;
  readonly events: TokenFlowEvent[];
  readonly manager: TokenManager;
  /** Creates another manager, as another part of the program would. */
  another(): TokenManager;
  types(): string[];
}

export interface StageOptions {
  readonly provider?: Provider | undefined;
  readonly store?: LockingStore | undefined;
  readonly clock?: FakeClock | undefined;
}

/** A manager with a fake clock, a memory store and a scripted service. */
export function createStage(
  {
    provider = createTestProvider(),
    clock = createFakeClock(),
    store = createMemoryStore({ clock }),
  }: StageOptions,
  ...answers: Answer[]
): Stage {
  const script = createScriptedFetch(...answers);
  const events: TokenFlowEvent[] = [];
  const another = (): TokenManager =>
    createTokenManager({
      provider,
      store,
      clock,
      fetch: script.fetch,
      onEvent: (event) => events.push(event),
    });
  return {
    clock,
    store,
    script,
    events,
    manager: another(),
    another,
    types: () => events.map(({ type }) => type),
  };
}

/** The answers of a sign-in that is approved at the first poll. */
export function approved(grant = "grant-1"): Answer[] {
  return [
    { json: { device_code: "secret-code", user_code: "ABCD-EFGH", expires_in: 900, interval: 5 } },
    { json: { refresh_token: grant } },
  ];
}

let issued = 0;

/** A successful redemption. By default it rotates the grant. */
export function fresh(fields: Record<string, unknown> = {}): Answer {
  issued += 1;
  return {
    json: {
      access_token: `token-${issued}`,
      refresh_token: `rotated-${issued}`,
      expires_in: 3600,
      ...fields,
    },
  };
}

/** Signs in on the stage. Resolves when there is a token. */
export async function signIn({ clock, manager }: Stage): Promise<void> {
  const done = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(6_000);
  await done;
}
