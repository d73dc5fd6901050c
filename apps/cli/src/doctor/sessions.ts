import { EXIT, exitCodeOf, formatMoment } from "@tokenflow/common";
import type { InterruptedRedemption } from "@tokenflow/core";
import { problemText } from "../cli/problem.ts";
import { readSessionRows, type SessionRow } from "../session/session-rows.ts";
import { keyOf } from "../session/sessions.ts";
import type { Check, Finding } from "./check.ts";

/** Whether each session's grant may be redeemed, and what would happen. Redeems none. */
export const sessions: Check = {
  name: "sessions",
  async run({ context, place }) {
    const rows = await readSessionRows(undefined, place, context);
    if (rows.length > 0) return rows.flatMap(sessionFindings);
    return [{ level: "yellow", message: "not signed in", fix: "Run: tokenflow login copilot" }];
  },
};

function sessionFindings(row: SessionRow): readonly Finding[] {
  const { state, failure, origin, renewable, interrupted } = row;
  const name = keyOf(row);
  const login = `Run: tokenflow login ${row.provider}${row.account === "default" ? "" : ` --account ${row.account}`}`;
  const until = row.expiresAt === undefined ? "" : ` until ${formatMoment(row.expiresAt, Date.now())}`;
  if (origin === "environment") {
    return [{ level: "green", message: `${name}: ${row.store} is used as it is` }];
  }
  if (state === "unavailable") {
    const exit = failure ? exitCodeOf(failure.code) : EXIT.store;
    const message = problemText(failure?.message ?? "it cannot be read");
    return [{ level: "red", message: `${name}: ${message}`, fix: failure?.hint, exit }];
  }
  if (state === "revoked") {
    const message = `${name}: the service no longer accepts this sign-in`;
    return [{ level: "red", message, fix: login, exit: EXIT.signedOut }];
  }
  if (renewable === false) {
    return [
      { level: "yellow", message: `${name}: its token is good${until} and cannot be renewed`, fix: login },
    ];
  }
  const findings: Finding[] = [{ level: "green", message: `${name}: ${outlook(row, until)}` }];
  if (interrupted) findings.push(interruption(name, interrupted));
  if (failure) {
    const again = failure.retryAt === undefined ? "" : `; tried again ${moment(failure.retryAt)}`;
    const message = `${name}: the last refresh failed (${problemText(failure.message)})${again}`;
    findings.push({ level: "yellow", message, fix: failure.hint });
  }
  return findings;
}

function outlook({ state, dueAt }: SessionRow, until: string): string {
  if (state === "refreshing") return "its grant is being redeemed elsewhere";
  if (state === "expired") return "its grant may be redeemed, and the next use does so";
  if (state === "due") return `its token is good${until}, and the next use redeems the grant`;
  const from = dueAt === undefined ? "" : ` from ${formatMoment(dueAt, Date.now())} on`;
  return `its token is good${until}; its grant may be redeemed${from}`;
}

function interruption(name: string, { owner, at, resumes }: InterruptedRedemption): Finding {
  const then =
    resumes === "next_use"
      ? "the grant may be sent again, and the next use does so"
      : "sending the grant again could end the session, so that waits until the token has run out";
  return {
    level: "yellow",
    message: `${name}: a redemption of ${owner} was interrupted ${moment(at)}; ${then}`,
  };
}

function moment(at: number): string {
  return `at ${formatMoment(at, Date.now())}`;
}
