import {
  keyOf,
  readEnvCredential,
  type SessionName,
  type SessionStoreContext,
  UsageError,
} from "@tokenflow/common";
import { isTokenFlowError, type SessionStatus } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { problemLine, readProblem } from "../cli/problem.ts";
import { openManager } from "./open-manager.ts";
import { availableSessions, isOf } from "./sessions.ts";

/** One session and its store. */
export interface SessionRow extends SessionStatus {
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
  try {
    const store = (await readEnvCredential(name.provider, context.env))?.variable ?? storeContext.kind;
    await using manager = await openManager(name, storeContext, context);
    return { ...(await manager.status()), store };
  } catch (error) {
    // A record of a provider that only a newer version knows is shown as unreadable.
    if (!isTokenFlowError(error) && !(error instanceof UsageError)) throw error;
    const { message, hint } = await readProblem(error);
    const failure = { code: isTokenFlowError(error) ? error.code : "store.newer", message, hint } as const;
    return { ...name, state: "unavailable", store: storeContext.kind, failure };
  }
}

/** Returns one line about a session that cannot be read. */
export function rowProblem(row: SessionRow): string | undefined {
  if (row.state !== "unavailable") return undefined;
  const { failure = { message: "It cannot be read" } } = row;
  return problemLine(failure, `tokenflow: ${keyOf(row)}`);
}
