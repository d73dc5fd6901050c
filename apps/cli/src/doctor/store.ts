import { isTokenFlowError } from "@tokenflow/core";
import type { LockingStore } from "@tokenflow/core/store";
import { keyOf, listSessions } from "../session/sessions.ts";
import { type Check, errorFinding, type Finding } from "./check.ts";

/** Whether sessions can be listed, read by us alone, and locked. */
export const store: Check = {
  name: "store",
  async run({ place }) {
    const sessions = await listSessions(place);
    const count = sessions.length === 1 ? "one session" : `${sessions.length || "no"} sessions`;
    const findings: Finding[] = [{ level: "green", message: `${place.kind} at ${place.where}: ${count}` }];
    try {
      // Opening the key, too, is what every command must be able to do.
      await place.encryption?.();
    } catch (error) {
      findings.push(await errorFinding(error, "the key"));
    }
    for (const name of sessions) {
      try {
        await place.store.get(keyOf(name));
      } catch (error) {
        findings.push(await errorFinding(error, keyOf(name)));
      }
    }
    return [
      ...findings,
      ...(await lockFinding(place.store, sessions.length > 0)),
      ...(await riskFindings(place.store)),
    ];
  },
};

/** Not a session's own lock, whose holder is taken for somebody who redeems. */
const LOCK = "config";

async function lockFinding(store: LockingStore, isUsed: boolean): Promise<readonly Finding[]> {
  // Without a session a lock would leave the folder behind.
  if (!isUsed) return [];
  try {
    await (await store.lock(LOCK, { timeout: 0 })).release();
  } catch (error) {
    if (!isTokenFlowError(error, "store.locked")) return [await errorFinding(error, "its locks")];
  }
  return [{ level: "green", message: "its locks work" }];
}

/** A store that can say what it could lose. */
interface Inspectable {
  inspectDurability(): Promise<{
    readonly risks: readonly { readonly message: string; readonly hint: string }[];
  }>;
}

async function riskFindings(store: LockingStore): Promise<readonly Finding[]> {
  if (!isInspectable(store)) return [];
  const { risks } = await store.inspectDurability();
  if (risks.length === 0) return [{ level: "green", message: "what it confirms survives a fail-over" }];
  return risks.map(({ message, hint }) => ({ level: "yellow", message, fix: hint }));
}

function isInspectable(store: LockingStore): store is LockingStore & Inspectable {
  return "inspectDurability" in store && typeof store.inspectDurability === "function";
}
