import type { AnswerEnd, Failure } from "./answer.ts";
import type { Part } from "./parts.ts";

/**
 * An event of a streamed answer, in no dialect. `start` is the first one. Each part is opened, grows by deltas, and is
 * done before the end. Nothing follows `end` or `failure`.
 */
export type StreamEvent =
  | {
      readonly type: "start";
      readonly id: string;
      readonly model: string;
      readonly created?: number | undefined;
      readonly usage?: AnswerEnd["usage"];
    }
  /** Opens the part with this index, which is one more than the last. The part is still empty. */
  | { readonly type: "part"; readonly index: number; readonly part: Part }
  /**
   * Adds to the text of an open part: its words, or a call's input.
   * `json` is the text as JSON without its quotes, if the source has it so.
   */
  | {
      readonly type: "delta";
      readonly index: number;
      readonly text: string;
      readonly json?: string | undefined;
    }
  /** Closes a part. Its words are those of its deltas. */
  | { readonly type: "done"; readonly index: number; readonly part: Part }
  /** The service is still there. */
  | { readonly type: "ping" }
  | (AnswerEnd & { readonly type: "end" })
  | { readonly type: "failure"; readonly failure: Failure };

/** Reads the events of one stream. It never throws: what it does not know it ignores. */
export interface StreamReader {
  /** @param data the data of one server-sent event */
  read(data: string): readonly StreamEvent[];
  /** Returns the events that the stream lacks, now that it has ended. */
  end(): readonly StreamEvent[];
}

/** An event as it is sent, or a comment that keeps the connection alive. */
export interface ServerEvent {
  /** Its name; absent in Chat Completions. */
  readonly event?: string | undefined;
  /** Absent for a comment. */
  readonly data?: string | undefined;
  readonly comment?: string | undefined;
}

/** Writes the events of one stream. */
export interface StreamWriter {
  write(event: StreamEvent): readonly ServerEvent[];
}
