import type { SessionState } from "@tokenflow/core";
import type { ProxySession } from "./route.ts";

/** Whether requests can be answered; nothing in it that a stranger may not know. */
export interface Readiness {
  readonly status: "ready" | "not_ready" | "closing";
  /** Each provider's session, so that it shows why. */
  readonly sessions: Readonly<Record<string, SessionState>>;
}

/** The states in which the next request gets a token, or has one renewed. */
const USABLE: ReadonlySet<SessionState> = new Set(["valid", "due", "expired", "refreshing"]);

/** Ready when one session can serve: which of them a person signs in to is their choice. */
export async function readReadiness(sessions: readonly ProxySession[], closing: boolean): Promise<Readiness> {
  const states = await Promise.all(
    sessions.map(async ({ manager }) => [manager.provider.id, await stateOf(manager)] as const),
  );
  const ready = states.some(([, state]) => USABLE.has(state));
  return {
    status: closing ? "closing" : ready ? "ready" : "not_ready",
    sessions: Object.fromEntries(states),
  };
}

async function stateOf(manager: ProxySession["manager"]): Promise<SessionState> {
  try {
    const { state, failure } = await manager.status();
    // Run out, and the last attempt to renew it failed: nothing to serve until the next one.
    return state === "expired" && failure ? "unavailable" : state;
  } catch {
    return "unavailable";
  }
}
