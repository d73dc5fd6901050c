/**
 * An API format for conversations with a model: OpenAI's Chat Completions, OpenAI's Responses, or Anthropic's
 * Messages.
 */
export type Dialect = "chat" | "responses" | "messages";

/** The names of the dialects, as their services write them. */
export const DIALECT_NAMES: Readonly<Record<Dialect, string>> = {
  chat: "Chat Completions",
  responses: "Responses",
  messages: "Messages",
};

/** A request or an answer that the other dialect cannot express. It contains no words of the conversation. */
export class DialectError extends Error {
  /** The member that cannot be expressed. @example "logit_bias" */
  readonly member: string;

  constructor(member: string, message: string) {
    super(message);
    this.name = "DialectError";
    this.member = member;
  }
}
