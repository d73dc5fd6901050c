import { readEnvCredential, type SessionStoreContext, UsageError } from "@tokenflow/common";
import { isTokenFlowError, type SessionStatus } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { problemLine, readProblem } from "../cli/problem.ts";
import { openManager } from "./open-manager.ts";
import { availableSessions, isOf, keyOf, type SessionName } from "./sessions.ts";

/** One session, and where it is. */
export interface SessionRow extends SessionStatus {
  readonly store: string;
}

/** Every session, or those of one provider, whatever state they are in. Asks no service. */
export async function readSessionRows(
  provider: string | undefined,
  place: SessionStoreContext,
  context: Context,
): Promise<readonly SessionRow[]> {
  const rows: SessionRow[] = [];
  for (const name of await availableSessions(place, context.env)) {
    if (provider !== undefined && !isOf(name, provider)) continue;
    const row = await readRow(name, place, context);
    // Signed out since it was listed.
    if (row.state !== "signed_out") rows.push(row);
  }
  return rows;
}

async function readRow(name: SessionName, place: SessionStoreContext, context: Context): Promise<SessionRow> {
  try {
    const store = (await readEnvCredential(name.provider, context.env))?.variable ?? place.kind;
    await using manager = await openManager(name, place, context);
    return { ...(await manager.status()), store };
  } catch (error) {
    // A record of a provider that a newer version knows is shown like one that cannot be read.
    if (!isTokenFlowError(error) && !(error instanceof UsageError)) throw error;
    const { message, hint } = await readProblem(error);
    const failure = { code: isTokenFlowError(error) ? error.code : "store.newer", message, hint } as const;
    return { ...name, state: "unavailable", store: place.kind, failure };
  }
}

/** What is the matter with a session that cannot be read, in one line. */
export function rowProblem(row: SessionRow): string | undefined {
  if (row.state !== "unavailable") return undefined;
  const { failure = { message: "It cannot be read" } } = row;
  return problemLine(failure, `tokenflow: ${keyOf(row)}`);
}
