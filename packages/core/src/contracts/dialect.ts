import type { JsonObject } from "../base/json.ts";
import type { AnswerRepair, Model } from "./upstream.ts";

/** A model call, as a program sends it. */
export interface DialectCall {
  /** The path below the base URL. @example "/responses" */
  readonly path: string;
  readonly body: JsonObject;
  /** The body as text. */
  readonly text: string;
  /** The paths that the upstream serves, if it lists them. @example ["/chat/completions", "/v1/messages"] */
  readonly paths: readonly string[] | undefined;
  /** The model in the upstream's catalog. */
  readonly model: Model | undefined;
}

/** A call as it is sent instead, or the answer to one that cannot be. */
export type TranslatedCall =
  | {
      /** The path below the base URL. */
      readonly path: string;
      readonly body: JsonObject;
      /** Headers that replace the program's. `null` removes one. */
      readonly headers?: Readonly<Record<string, string | null>> | undefined;
      /** Translates the answer back, after the upstream's own repair. */
      repair?(status: number): AnswerRepair;
    }
  | { readonly refused: JsonObject };

/** Translates the calls of a program to the API format that serves their model: a value of `@tokenflow/dialects`. */
export interface CallTranslator {
  /** Returns `undefined` for a call that is sent as it is. */
  translate(call: DialectCall): TranslatedCall | undefined;
}
