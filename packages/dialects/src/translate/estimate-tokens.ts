import { isList, isObject, type JsonObject, type JsonValue } from "../base/json.ts";

/** Returns the number of tokens of a text. */
export type Tokenizer = (text: string) => number;

/** Members that are no words of the prompt: pictures, files and seals. */
const OPAQUE: ReadonlySet<string> = new Set([
  "data",
  "encrypted_content",
  "file_data",
  "image_url",
  "reasoning_opaque",
  "signature",
  "source",
  "url",
]);
/** The members of a request that are part of the prompt. */
const PROMPT = ["system", "instructions", "messages", "input", "tools", "response_format", "text"];
/** A picture takes about so many tokens at a middling size. */
const PICTURE = 1_000;
/** Each item of a conversation takes a few tokens besides its words. */
const ITEM = 4;

/**
 * Estimates the number of tokens of a prompt, for a model whose service does not count them. It is an estimate: the
 * model may have another tokenizer, and nobody tells how its service writes tools and pictures.
 * @param count the tokenizer; {@link loadTokenizer} returns a good one
 */
export function estimateTokens(body: JsonObject, count: Tokenizer): number {
  let tokens = 0;
  const visit = (value: JsonValue | undefined): void => {
    if (typeof value === "string") tokens += count(value);
    else if (typeof value === "number" || typeof value === "boolean") tokens += 1;
    else if (isList(value)) for (const one of value) visit(one);
    else if (isObject(value)) visitObject(value);
  };
  const visitObject = (object: JsonObject): void => {
    tokens += ITEM;
    const { type } = object;
    if (type === "image" || type === "input_image" || type === "image_url") tokens += PICTURE;
    for (const [name, member] of Object.entries(object)) {
      if (OPAQUE.has(name)) continue;
      // Names of a schema are words of the prompt, too.
      if (isObject(member)) tokens += 1;
      visit(member);
    }
  };
  for (const name of PROMPT) visit(body[name]);
  return tokens;
}

/** English text has about four characters to a token, and code somewhat fewer. */
const CHARACTERS = 3.5;

/** Returns a rough number without a table of tokens. */
export function roughTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS);
}

let loading: Promise<Tokenizer> | undefined;

/**
 * Loads the optional package `gpt-tokenizer`, once, when it is first needed. Without it the estimate is rough.
 */
export function loadTokenizer(): Promise<Tokenizer> {
  loading ??= import("gpt-tokenizer/encoding/o200k_base").then(
    ({ countTokens }): Tokenizer =>
      (text) =>
        countTokens(text, { allowedSpecial: "all" }),
    () => roughTokens,
  );
  return loading;
}
