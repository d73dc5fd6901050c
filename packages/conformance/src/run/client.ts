import type { Action, Run, Sighting } from "../judge/evidence.ts";
import type { Need, RunStep } from "../scenarios/scenario.ts";
import type { OAuthService } from "../service/oauth-service.ts";

/** A client under test. */
export interface Client {
  /** What it can be asked to do besides a sign-in, and what can be done with it. */
  readonly offers: ReadonlySet<Need>;
  /** Says how to offer something, for a report. */
  explain(need: Need): string;
  /** Starts the server's transport, and gives the client a home of its own. */
  open(service: OAuthService): Promise<ClientSession>;
}

/** A client with a home and a server, for one scenario. */
export interface ClientSession extends AsyncDisposable {
  /** Runs the client once, to its end. */
  run(step: RunStep, limit: number): Promise<Run>;
  /** Returns the secrets in the client's files. */
  files(): Promise<readonly Sighting[]>;
  setWritable(writable: boolean): Promise<void>;
  /** What was seen in processes so far. */
  readonly processes: readonly Sighting[];
}

/** The commands of a client. Each runs in a shell. */
export type Commands = { readonly [Name in Action]?: string | undefined } & { readonly signIn: string };
