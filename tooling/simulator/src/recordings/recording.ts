import type { JsonObject } from "@tokenflow/conformance/server";
import type { Shape } from "./shape.ts";

/** What a service answered to requests of ours: our bodies, its statuses and shapes. No secret, no text of a model. */
export interface Recording {
  readonly version: 1;
  /** The day on which it was made. */
  readonly day: string;
  /** `true` if the simulated services made it. */
  readonly isSimulated: boolean;
  readonly findings: readonly Finding[];
  readonly exchanges: readonly RecordedExchange[];
}

/** The answer to one open question. */
export interface Finding {
  readonly question: string;
  readonly answer: string;
}

export interface RecordedExchange {
  /** The question that it belongs to. */
  readonly question: string;
  readonly service: RecordedService;
  readonly method: string;
  readonly path: string;
  /** The kind of credential, by its prefix, and its scheme. */
  readonly credential: string;
  readonly scheme: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: JsonObject | undefined;
  readonly status: number;
  /** The shape of a whole answer. */
  readonly answer?: Shape | undefined;
  /** The shapes of a stream's events, by type. */
  readonly events?: Readonly<Record<string, readonly Shape[]>> | undefined;
  /** What a refusal says. */
  readonly sentence?: string | undefined;
}

export type RecordedService = "github-api" | "copilot";
