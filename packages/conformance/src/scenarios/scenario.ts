import type { Action, Evidence } from "../judge/evidence.ts";
import type { Expectation } from "../judge/expectation.ts";
import type { ServiceFault } from "../service/oauth-service.ts";
import type { ServiceSettings } from "../service/settings.ts";

/** The rule that a scenario is about. */
export interface Clause {
  /** `RFC 8628`, or `good manners` for what no document asks. */
  readonly document: string;
  readonly section: string;
  readonly url: string;
}

/**
 * `MUST` and `SHOULD` are the words of the clause (REQUIRED and RECOMMENDED count as these). `BEYOND` is what no
 * document asks of a client and its users do.
 */
export type Level = "MUST" | "SHOULD" | "BEYOND";

/** A subject of scenarios. */
export type Group = "waiting" | "ending" | "network" | "prompt" | "afterwards";

/**
 * What a scenario needs beside a sign-in: an action that the client offers, or something of the machine that runs it.
 * `process`: the client is a process of its own. `signals`: POSIX signals. `linux`: `/proc`. `read-only`: a home that
 * can be made read-only. `faketime`: the program of that name, which shifts a process's clock.
 */
export type Need = Exclude<Action, "signIn"> | "process" | "signals" | "linux" | "read-only" | "faketime";

/** One thing that happens in a scenario. Steps follow each other. */
export type Step =
  | RunStep
  | { readonly do: "wait"; readonly ms: number }
  /** Changes the server. */
  | { readonly do: "server"; readonly settings?: Partial<ServiceSettings>; readonly fault?: ServiceFault }
  | { readonly do: "clearFaults" }
  /** Makes the home read-only, or writable again. */
  | { readonly do: "home"; readonly writable: boolean };

export interface RunStep {
  readonly do: Action;
  /** How many runs begin at the same time. @default 1 */
  readonly atOnce?: number;
  /** Stops the process after this many polls, and continues it after `forMs`. */
  readonly stopped?: { readonly afterPolls: number; readonly forMs: number };
  /** Kills the process as soon as the server has done a refresh for it. */
  readonly killedAtRefresh?: true;
  /** Shifts the clock of the process, as `faketime` reads it: `+1h`. */
  readonly clock?: string;
}

/** One scenario, as data. */
export interface Scenario {
  /** In kebab-case, stable: it is the scenario's name on the command line and in reports. */
  readonly id: string;
  readonly group: Group;
  readonly level: Level;
  readonly clause: Clause;
  /** Completes "The client …". */
  readonly title: string;
  readonly needs?: readonly Need[];
  readonly server?: Partial<ServiceSettings>;
  readonly faults?: readonly ServiceFault[];
  /** @default one sign-in */
  readonly steps?: readonly Step[];
  /** Returns why there was nothing to judge, although the sign-in succeeded. */
  readonly subject?: (evidence: Evidence) => string | undefined;
  readonly expects: readonly Expectation[];
  /** Tells the author of a failing client what to change. */
  readonly advice: string;
  /** The time limit of each run of the client, in ms. @default 30000 */
  readonly limit?: number;
}

/** A clause of an RFC. */
export function rfc(number: number, section: string): Clause {
  return {
    document: `RFC ${number}`,
    section,
    url: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`,
  };
}
