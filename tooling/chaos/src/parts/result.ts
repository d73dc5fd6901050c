import type { Entry } from "./journal.ts";

/** Killed processes, and when the signal was sent, by the journal's clock. */
export type Kills = ReadonlyMap<number, number>;

/** A grant that died with the process that had just spent it. No client can prevent that. */
export interface Loss {
  readonly spent: Entry;
  readonly killedAt: number;
  /** The kill came while the request was on its way, or while the answer was on its way to the file. */
  readonly moment: "before the rotation" | "after the rotation";
}

export interface Result {
  readonly losses: readonly Loss[];
  /** Violations of the rules, one sentence each. */
  readonly problems: readonly string[];
}

/** In milliseconds: a token may be counted from a little before its request. */
const TOLERANCE = 50;
const NEVER = Number.POSITIVE_INFINITY;

/** Reads the journal against rules 4, 7, 8 and 9: every presented grant must have been asked for. */
export function findResult(entries: readonly Entry[], lifetime: number, kills: Kills): Result {
  const losses: Loss[] = [];
  const problems: string[] = [];
  const redemptions = entries.filter(({ outcome }) => outcome !== "signed_in");

  for (const entry of redemptions) {
    const { origin, spentBy, outcome } = entry;
    const said = `#${entry.number} (process ${entry.pid}, ${entry.grant})`;
    if (outcome === "refused") problems.push(`${said} was refused: a refused grant was sent again`);
    const countedFrom = origin?.issuedAt ?? origin?.sentAt ?? NEVER;
    if (origin && entry.sentAt < countedFrom + lifetime - TOLERANCE) {
      problems.push(
        `${said} came ${Math.round(entry.sentAt - countedFrom)} ms after #${origin.number}, whose token lived for ${lifetime} ms`,
      );
    }
    for (const other of redemptions) {
      if (inFlight(other, entry, kills))
        problems.push(`${said} was sent while #${other.number} (process ${other.pid}) was under way`);
    }
    if (!spentBy) continue;
    const killedAt = kills.get(spentBy.pid);
    if (killedAt === undefined || isUsedBetween(spentBy, entry)) {
      problems.push(
        `${said} had been spent by #${spentBy.number} (process ${spentBy.pid}), ${fateOf(spentBy, killedAt)}`,
      );
    } else if (outcome === "reuse") {
      const moment = killedAt < (spentBy.decidedAt ?? 0) ? "before the rotation" : "after the rotation";
      losses.push({ spent: spentBy, killedAt, moment });
    }
  }
  return { losses, problems };
}

/** Returns true if the result of `spent` was stored before the spent grant came again, as it was if it was used. */
function isUsedBetween({ firstUse, storedAt }: Entry, again: Entry): boolean {
  return Math.min(firstUse?.at ?? NEVER, storedAt ?? NEVER) < again.presentedAt;
}

function inFlight(other: Entry, entry: Entry, kills: Kills): boolean {
  if (other.family !== entry.family || other.number >= entry.number) return false;
  const overAt = other.answeredAt ?? other.droppedAt ?? Number.POSITIVE_INFINITY;
  const killedAt = kills.get(other.pid) ?? Number.POSITIVE_INFINITY;
  return Math.min(overAt, killedAt) > entry.presentedAt;
}

function fateOf({ firstUse, storedAt }: Entry, killedAt: number | undefined): string {
  if (firstUse) return `and what that had brought was used by process ${firstUse.pid}`;
  if (storedAt !== undefined) return "and what that had brought was stored";
  return killedAt === undefined ? "which was not killed" : "which was killed";
}
