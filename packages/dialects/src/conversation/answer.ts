import type { Part } from "./parts.ts";

/** An answer of a model, in no dialect. */
export interface Answer extends AnswerEnd {
  readonly id: string;
  readonly model: string;
  /** Unix seconds. */
  readonly created?: number | undefined;
  readonly parts: readonly Part[];
}

/** The end of an answer. */
export interface AnswerEnd {
  readonly stop: Stop;
  /** The stop sequence that the model wrote. */
  readonly stopSequence?: string | undefined;
  readonly usage?: Usage | undefined;
}

/**
 * The reason why an answer ended: it is complete, it calls tools, it reached the maximum of tokens or a stop sequence,
 * a filter cut it, the model refused, the context is full, or the service paused a long turn.
 */
export type Stop =
  | "end"
  | "calls"
  | "max_tokens"
  | "stop_sequence"
  | "filter"
  | "refusal"
  | "context"
  | "pause";

/** Tokens. */
export interface Usage {
  /** All tokens of the prompt, including those from and to the cache. */
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** All tokens of the answer, including thoughts. */
  readonly output: number;
  readonly reasoning: number;
}

/** An error of a service. */
export interface Failure {
  /** The HTTP status; absent for an error in the middle of a stream. */
  readonly status?: number | undefined;
  readonly message: string;
  readonly type?: string | undefined;
  readonly code?: string | undefined;
  /** The member that the error is about. */
  readonly param?: string | undefined;
}
