import {
  keyOf,
  readEnvCredential,
  type SessionName,
  type SessionStoreContext,
  stateWords,
  UsageError,
} from "@tokenflow/common";
import { isTokenFlowError, type SessionStatus } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { problemLine, readProblem } from "../cli/problem.ts";
import { openManager } from "./open-manager.ts";
import { availableSessions, isConfigured, isOf } from "./sessions.ts";

/** One session and its store. */
export interface SessionRow extends Omit<SessionStatus, "state"> {
  /** `not_configured` if nothing is known of its provider: another program stored it. */
  readonly state: SessionStatus["state"] | "not_configured";
  readonly store: string;
}

/** Reads every session, or those of one provider, in any state. Sends no request. */
export async function readSessionRows(
  provider: string | undefined,
  storeContext: SessionStoreContext,
  context: Context,
): Promise<readonly SessionRow[]> {
  const rows: SessionRow[] = [];
  for (const name of await availableSessions(storeContext, context.env)) {
    if (provider !== undefined && !isOf(name, provider)) continue;
    const row = await readRow(name, storeContext, context);
    // Skips a session that was signed out after it was listed.
    if (row.state !== "signed_out") rows.push(row);
  }
  return rows;
}

async function readRow(
  name: SessionName,
  storeContext: SessionStoreContext,
  context: Context,
): Promise<SessionRow> {
  if (!isConfigured(name, storeContext)) {
    return { ...name, state: "not_configured", store: storeContext.kind };
  }
  try {
    const store = (await readEnvCredential(name.provider, context.env))?.variable ?? storeContext.kind;
    await using manager = await openManager(name, storeContext, context);
    return { ...(await manager.status()), store };
  } catch (error) {
    if (!isTokenFlowError(error) && !(error instanceof UsageError)) throw error;
    const { message, hint } = await readProblem(error);
    const failure = { code: isTokenFlowError(error) ? error.code : "store.newer", message, hint } as const;
    return { ...name, state: "unavailable", store: storeContext.kind, failure };
  }
}

/** Returns a row's state for a column of a table. */
export function rowWords({ state, ...row }: SessionRow): string {
  return state === "not_configured" ? "not configured here" : stateWords({ ...row, state });
}

/** Replaces the sessions of each provider that is not configured by one row: a server may have stored thousands. */
export function groupUnconfigured(rows: readonly SessionRow[]): readonly SessionRow[] {
  const counts = new Map<string, number>();
  for (const { provider, state } of rows) {
    if (state === "not_configured") counts.set(provider, (counts.get(provider) ?? 0) + 1);
  }
  return rows.flatMap((row) => {
    const count = row.state === "not_configured" ? counts.get(row.provider) : 1;
    counts.delete(row.provider);
    if (count === undefined) return [];
    return count === 1 ? [row] : [{ ...row, account: `${count} accounts` }];
  });
}

/** Returns one line about a session that cannot be read. */
export function rowProblem(row: SessionRow): string | undefined {
  if (row.state !== "unavailable") return undefined;
  const { failure = { message: "It cannot be read" } } = row;
  return problemLine(failure, `tokenflow: ${keyOf(row)}`);
}
