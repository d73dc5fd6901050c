import { asString, type JsonObject, parse } from "../base/json.ts";

/**
 * Writes JSON that differs each time only in one text.
 * @param text the JSON of the text
 * @param head replaces the opening brace, for members that come first
 */
export type TextTemplate = (text: string, head?: string) => string;

/** Stands for the text while a template is made. */
const PLACE = "\u0000text\u0000";

/**
 * Makes a template of an object: the object is written once, and then only its text.
 * @param make returns the object with a text
 */
export function createTextTemplate(make: (text: string) => JsonObject): TextTemplate {
  const [before = "", after, ...more] = JSON.stringify(make(PLACE)).slice(1).split(JSON.stringify(PLACE));
  // A service may have used the same words in a name.
  if (after === undefined || more.length > 0)
    return (text, head = "{") => head + JSON.stringify(make(asString(parse(text)) ?? "")).slice(1);
  return (text, head = "{") => head + before + text + after;
}
