import { EXIT, exitCodeOf, formatMoment, keyOf, providerWord } from "@tokenflow/common";
import type { InterruptedRedemption } from "@tokenflow/core";
import { inOptions } from "../cli/option-names.ts";
import { problemText } from "../cli/problem.ts";
import { readSessionRows, type SessionRow } from "../session/session-rows.ts";
import type { Check, Finding } from "./check.ts";

/** Checks if each session's grant can be redeemed, and when that happens. Redeems none. */
export const sessions: Check = {
  name: "sessions",
  async run({ context, storeContext }) {
    const rows = await readSessionRows(undefined, storeContext, context);
    const configured = rows.filter(({ state }) => state !== "not_configured");
    const findings: Finding[] =
      configured.length > 0
        ? configured.flatMap(sessionFindings)
        : [{ level: "yellow", message: "not signed in", fix: "Run: tokenflow login copilot" }];
    return [...findings, ...unconfiguredFindings(rows.filter(({ state }) => state === "not_configured"))];
  },
};

/** Returns one finding for all sessions that other programs have stored here. */
function unconfiguredFindings(rows: readonly SessionRow[]): readonly Finding[] {
  if (rows.length === 0) return [];
  const ids = [...new Set(rows.map(({ provider }) => provider))];
  const count = rows.length === 1 ? "one session" : `${rows.length} sessions`;
  const more = ids.length > 3 ? ` and ${ids.length - 3} more` : "";
  const message = `${count} of other programs, not configured here: ${ids.slice(0, 3).join(", ")}${more}`;
  return [{ level: "green", message }];
}

function sessionFindings(row: SessionRow): readonly Finding[] {
  const { state, failure, origin, renewable, interrupted } = row;
  const name = keyOf(row);
  const login = `Run: tokenflow login ${providerWord(row.provider)}${row.account === "default" ? "" : ` --account ${row.account}`}`;
  const until = row.expiresAt === undefined ? "" : ` until ${formatMoment(row.expiresAt, Date.now())}`;
  if (origin === "environment") {
    return [{ level: "green", message: `${name}: the credential in ${row.store} is used` }];
  }
  if (state === "unavailable") {
    const exit = failure ? exitCodeOf(failure.code) : EXIT.store;
    const message = problemText(failure?.message ?? "it cannot be read");
    return [{ level: "red", message: `${name}: ${message}`, fix: inOptions(failure?.hint), exit }];
  }
  if (state === "revoked") {
    const message = `${name}: the service no longer accepts this sign-in`;
    return [{ level: "red", message, fix: login, exit: EXIT.signedOut }];
  }
  if (renewable === false && state === "expired") {
    const message = `${name}: the token has expired, and the service gave nothing to refresh it with`;
    return [{ level: "red", message, fix: login, exit: EXIT.signedOut }];
  }
  if (renewable === false && row.expiresAt === undefined) {
    return [{ level: "green", message: `${name}: the token is valid until the service rejects it` }];
  }
  if (renewable === false) {
    return [
      { level: "yellow", message: `${name}: the token is valid${until} and cannot be refreshed`, fix: login },
    ];
  }
  const findings: Finding[] = [{ level: "green", message: `${name}: ${outlook(row, until)}` }];
  const mode = modeWords(row);
  if (mode !== undefined) findings.push({ level: "green", message: `${name}: ${mode}` });
  if (interrupted) findings.push(interruption(name, interrupted));
  if (failure) {
    const again = failure.retryAt === undefined ? "" : `; the next attempt is ${moment(failure.retryAt)}`;
    const message = `${name}: the last refresh failed (${problemText(failure.message)})${again}`;
    findings.push({ level: "yellow", message, fix: inOptions(failure.hint) });
  }
  return findings;
}

function outlook({ state, dueAt }: SessionRow, until: string): string {
  if (state === "refreshing") return "another process is refreshing it";
  if (state === "expired") return "the token has expired, and the next use refreshes it";
  if (state === "due") return `the token is valid${until}, and the next use refreshes it`;
  const from = dueAt === undefined ? "" : ` from ${formatMoment(dueAt, Date.now())}`;
  return `the token is valid${until} and can be refreshed${from}`;
}

/** Returns how the token opens the API, and why, for a service with several ways. */
function modeWords({ details, dueAt }: SessionRow): string | undefined {
  const { mode, modeReason } = details ?? {};
  if (mode === "exchange") return "the mode is exchange: a short-lived token";
  if (mode !== "direct") return undefined;
  const why = typeof modeReason === "string" ? `, since ${modeReason}` : "";
  const again = dueAt === undefined ? "" : `; the exchange is asked again ${moment(dueAt)}`;
  return `the mode is direct: the sign-in's own token${why}${again}`;
}

function interruption(name: string, { owner, at, resumes }: InterruptedRedemption): Finding {
  const then =
    resumes === "next_use"
      ? "the next use sends the grant again"
      : "sending the grant again could end the session, so it is not sent before the token has expired";
  return {
    level: "yellow",
    message: `${name}: ${owner} was interrupted while it refreshed ${moment(at)}; ${then}`,
  };
}

function moment(at: number): string {
  return `at ${formatMoment(at, Date.now())}`;
}
