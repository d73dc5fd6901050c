import { keyOf, listSessions } from "@tokenflow/common";
import { isTokenFlowError } from "@tokenflow/core";
import type { LockingStore } from "@tokenflow/core/store";
import { type Check, errorFinding, type Finding } from "./check.ts";

/** Checks that sessions can be listed, read and locked, and that no other user can read them. */
export const store: Check = {
  name: "store",
  async run({ storeContext }) {
    const sessions = await listSessions(storeContext);
    const count = sessions.length === 1 ? "one session" : `${sessions.length || "no"} sessions`;
    const findings: Finding[] = [
      { level: "green", message: `${storeContext.kind} at ${storeContext.where}: ${count}` },
    ];
    try {
      // Every command must be able to open the key.
      await storeContext.encryption?.();
    } catch (error) {
      findings.push(await errorFinding(error, "the key"));
    }
    for (const name of sessions) {
      try {
        await storeContext.store.get(keyOf(name));
      } catch (error) {
        findings.push(await errorFinding(error, keyOf(name)));
      }
    }
    return [
      ...findings,
      ...(await lockFinding(storeContext.store, sessions.length > 0)),
      ...(await riskFindings(storeContext.store)),
    ];
  },
};

/** Not the lock of a session: its holder would seem to refresh that session. */
const LOCK = "config";

async function lockFinding(store: LockingStore, isUsed: boolean): Promise<readonly Finding[]> {
  // Without a session, taking a lock would create the folder.
  if (!isUsed) return [];
  try {
    await (await store.lock(LOCK, { timeout: 0 })).release();
  } catch (error) {
    if (!isTokenFlowError(error, "store.locked")) return [await errorFinding(error, "locks")];
  }
  return [{ level: "green", message: "locks work" }];
}

/** A store that reports which writes it could lose. */
interface Inspectable {
  inspectDurability(): Promise<{
    readonly risks: readonly { readonly message: string; readonly hint: string }[];
  }>;
}

async function riskFindings(store: LockingStore): Promise<readonly Finding[]> {
  if (!isInspectable(store)) return [];
  const { risks } = await store.inspectDurability();
  if (risks.length === 0) return [{ level: "green", message: "confirmed writes survive a fail-over" }];
  return risks.map(({ message, hint }) => ({ level: "yellow", message, fix: hint }));
}

function isInspectable(store: LockingStore): store is LockingStore & Inspectable {
  return "inspectDurability" in store && typeof store.inspectDurability === "function";
}
