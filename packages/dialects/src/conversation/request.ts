import type { JsonObject } from "../base/json.ts";
import type { Cacheable, Part, ToolName } from "./parts.ts";

/** A request to a model, in no dialect. An absent member leaves the choice to the service. */
export interface Request {
  readonly model: string;
  readonly stream: boolean;
  /** True if a stream must tell the usage. Only Chat Completions makes that a choice. */
  readonly includeUsage: boolean;
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice | undefined;
  /** False forbids several tool calls in one answer. */
  readonly parallelCalls?: boolean | undefined;
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly reasoning?: Reasoning | undefined;
  readonly format?: Format | undefined;
  readonly verbosity?: string | undefined;
  /** An opaque identifier of the end user. */
  readonly user?: string | undefined;
  readonly serviceTier?: string | undefined;
  readonly cacheKey?: string | undefined;
  readonly metadata?: JsonObject | undefined;
}

/** Consecutive parts of one speaker. Results of tools are the user's. */
export interface Turn {
  readonly role: "system" | "developer" | "user" | "assistant";
  readonly parts: readonly Part[];
}

export interface Tool extends ToolName, Cacheable {
  readonly description?: string | undefined;
  /** True if it takes free text. */
  readonly custom: boolean;
  /** The JSON schema of a function's arguments. */
  readonly schema?: JsonObject | undefined;
  /** The grammar of a custom tool's text. */
  readonly grammar?: JsonObject | undefined;
  readonly strict?: boolean | undefined;
}

export type ToolChoice =
  | { readonly mode: "auto" | "none" | "required" }
  /** Forces one tool. */
  | { readonly mode: "tool"; readonly tool: ToolName }
  /** Allows only some of the tools. */
  | { readonly mode: "allowed"; readonly required: boolean; readonly tools: readonly ToolName[] };

export interface Reasoning {
  /** `minimal`, `low`, `medium`, `high`, `xhigh` or `max`; `none` turns it off. */
  readonly effort?: string | undefined;
  /** The most tokens to think, if the caller named a number. */
  readonly budget?: number | undefined;
  /** True if the caller wants to read the thought or its summary. */
  readonly shown: boolean;
}

/** The form of the answer's text. */
export interface Format {
  readonly name: string;
  readonly description?: string | undefined;
  /** Absent: any JSON object. */
  readonly schema?: JsonObject | undefined;
  readonly strict?: boolean | undefined;
}
