import type { JsonObject } from "../base/json.ts";
import type { Seal } from "../base/seal.ts";

/** A piece of a turn. */
export type Part = TextPart | ImagePart | FilePart | RefusalPart | ReasoningPart | CallPart | ResultPart;

/** A part that a tool's result may have. */
export type ContentPart = TextPart | ImagePart | FilePart;

/** A mark that ends a part of the prompt that should be cached, as Messages writes it. */
export interface Cacheable {
  readonly cache?: JsonObject | undefined;
}

export interface TextPart extends Cacheable {
  readonly type: "text";
  readonly text: string;
}

export interface ImagePart extends Cacheable {
  readonly type: "image";
  /** `https:` or `data:`. */
  readonly url: string;
  readonly detail?: string | undefined;
}

export interface FilePart extends Cacheable {
  readonly type: "file";
  /** `https:` or `data:`. */
  readonly url: string;
  readonly name?: string | undefined;
}

/** A model's refusal, in its own words. */
export interface RefusalPart {
  readonly type: "refusal";
  readonly text: string;
}

/** A thought. Without a seal it is for people only: no model gets it. */
export interface ReasoningPart {
  readonly type: "reasoning";
  /** The thought or its summary. Empty if the service keeps it to itself. */
  readonly text: string;
  readonly seal?: Seal | undefined;
}

/** The name of a tool. A namespace exists in Responses alone. */
export interface ToolName {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** A call of a tool by the model. */
export interface CallPart extends ToolName, Cacheable {
  readonly type: "call";
  readonly id: string;
  /** True if the tool takes free text. */
  readonly custom: boolean;
  /** JSON as text, or free text for a custom tool. */
  readonly input: string;
}

/** The result of a call. It is in a user's turn. */
export interface ResultPart extends Cacheable {
  readonly type: "result";
  /** The id of the call. */
  readonly id: string;
  readonly custom: boolean;
  readonly parts: readonly ContentPart[];
  readonly isError: boolean;
}
