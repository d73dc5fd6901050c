import type { Exchange } from "../service/exchange.ts";
import type { Secret } from "../service/secrets.ts";

/** The things that a client can be asked to do. Each is a command of its own, or a function. */
export type Action = "signIn" | "token" | "request" | "callers" | "signOut";

/** How a run of the client ended. */
export type Ending =
  | "exited"
  | "killed by the scenario"
  | "took too long"
  | "printed too much"
  | "not started";

/** Text that the client printed, and when, in ms since the scenario began. */
export interface Printed {
  readonly at: number;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** One run of the client: a process, or a call of a function. */
export interface Run {
  readonly action: Action;
  readonly ending: Ending;
  /** The exit code. Absent if a signal ended it. */
  readonly exit?: number | undefined;
  readonly signal?: string | undefined;
  readonly printed: readonly Printed[];
  /** In ms since the scenario began. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A secret that was found in a place where it does not belong, or that needs protection there. */
export interface Sighting {
  readonly secret: Secret;
  /** The path below the home, or `the arguments of process 123 (curl)`. */
  readonly place: string;
  /** The mode of a file. */
  readonly mode?: number | undefined;
}

/** Everything that was observed in a scenario. Moments are ms since it began. */
export interface Evidence {
  readonly exchanges: readonly Exchange[];
  readonly runs: readonly Run[];
  readonly secrets: readonly Secret[];
  readonly userCodes: readonly string[];
  readonly origin: string;
  /** The files with secrets in them, after each step, the earliest first. */
  readonly files: readonly Sighting[];
  /** Files with secrets that are there at the end. */
  readonly filesAtEnd: readonly Sighting[];
  /** Arguments and environments of processes with secrets in them. */
  readonly processes: readonly Sighting[];
}
