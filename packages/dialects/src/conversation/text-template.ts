import { type JsonObject, readJsonText, writeJsonText } from "../base/json.ts";

/**
 * Writes JSON that differs each time only in one text.
 * @param text the text as JSON without its quotes
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
  const [before = "", after, ...more] = JSON.stringify(make(PLACE)).slice(1).split(writeJsonText(PLACE));
  // A service may have used the same words in a name.
  if (after === undefined || more.length > 0)
    return (text, head = "{") => head + JSON.stringify(make(readJsonText(text) ?? "")).slice(1);
  return (text, head = "{") => head + before + text + after;
}
