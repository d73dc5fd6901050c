import type { Fault } from "../servers/chaos-server.ts";
import type { ServerKind } from "../servers/servers.ts";

/** Where a process kills itself. */
export const CRASH_STEPS = [
  "before the mark",
  "after the mark",
  "after the rotation",
  "in the write",
  "after the write",
] as const;
export type CrashStep = (typeof CRASH_STEPS)[number];

/** How an answer is lost on a process that lives on; `unsent`: nobody listens. */
export const LOST_STEPS: readonly LostAnswer[] = ["unsent", "unheard", "unanswered", "cut"];
export type LostAnswer = Fault | "unsent";

/** The grant is sent at once, behind the living token, and a new one comes. */
const NOW = "redeems at once";
/** Nothing is sent while the token lives; then the grant is sent once, and a new token comes. */
const LATER = "serves to the end, then redeems";
/** Nothing is sent while the token lives; then the grant is sent once and refused, and never again. */
const NEVER = "serves to the end, then revoked";
/** The new token is there, and nothing is sent. */
const ADOPTS = "adopts";

/** What the next process does about what it finds. */
export type Aftermath = typeof NOW | typeof LATER | typeof NEVER | typeof ADOPTS;

type Row = Readonly<Record<ServerKind, Aftermath>>;

/** The crash matrix: one row for each way to be interrupted, one column for each kind of server. */
export const CRASH_MATRIX: Readonly<Record<CrashStep, Row>> = {
  "before the mark": { keep: NOW, strict: NOW, forgiving: NOW, "too late": NOW },
  "after the mark": { keep: NOW, strict: LATER, forgiving: NOW, "too late": LATER },
  "after the rotation": { keep: NOW, strict: NEVER, forgiving: NOW, "too late": NEVER },
  "in the write": { keep: NOW, strict: NEVER, forgiving: NOW, "too late": NEVER },
  "after the write": { keep: ADOPTS, strict: ADOPTS, forgiving: ADOPTS, "too late": ADOPTS },
};

/** The same for an answer that is lost on a process that goes on. */
export const LOST_ANSWERS: Readonly<Record<LostAnswer, Row>> = {
  unsent: CRASH_MATRIX["before the mark"],
  unheard: CRASH_MATRIX["after the mark"],
  unanswered: CRASH_MATRIX["after the rotation"],
  cut: CRASH_MATRIX["after the rotation"],
};
