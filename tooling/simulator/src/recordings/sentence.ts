import { isJsonObject, parseJson } from "@tokenflow/conformance/server";

const MAX_WORDS = 30;
/** Words that are never recorded: credentials, e-mail addresses, links, and hosts of tenants. */
const SECRET = /gh[a-z]_|github_pat_|tid=|@|\/\/|\.ghe\.com/i;
/** Words that may be an id or a secret: long ones, and those with many digits. */
const OPAQUE = /^.{20}|(?:\d\D*){6}/;
/** Long words of the protocol: `'max_completion_tokens'`, `system.0.text.cache_control.ephemeral.scope:`, dated betas. */
const PROTOCOL =
  /^['"`(]*[A-Z]?[a-z]{1,24}(?:(?:[._-]|\[)(?:\d{0,2}[A-Z]?[a-z]{1,24}|\d{1,2}|20\d\d(?:\d{4})?)\]?){0,15}['"`).,:;]*$/;
/** The word after these is the name or the number of a person. */
const NAMED = /\b((?:logged in|signed in|authenticated|acting) as|user id|user name|username)(:?\s+)\S+/gi;

/** Returns what a refusal says, in one line of at most 30 words, without words that may be private. */
export function readSentence(body: string): string {
  const json = parseJson(body);
  if (json !== undefined) return cleanText(messageOf(json) ?? "");
  return /^\s*</.test(body) ? "a page in HTML" : cleanText(body);
}

/** Returns a text without words that may be private, in one line of so many words at most. */
export function cleanText(text: string, maxWords: number = MAX_WORDS): string {
  return text
    .trim()
    .replace(NAMED, "$1$2…")
    .split(/\s+/)
    .slice(0, maxWords)
    .map((word) => (isPrivate(word) ? "…" : word))
    .join(" ")
    .replace(/…(?: …)+/g, "…");
}

function isPrivate(word: string): boolean {
  return SECRET.test(word) || (OPAQUE.test(word) && !PROTOCOL.test(word));
}

/** Reads the sentence of a notice, of an API's error, or of GitHub's standard error. */
function messageOf(json: unknown): string | undefined {
  if (!isJsonObject(json)) return undefined;
  const { error_details: details, error } = json;
  return [details, error, json]
    .map((owner) => (isJsonObject(owner) ? owner["message"] : undefined))
    .concat(error)
    .find((message) => typeof message === "string");
}
