import { asNumber, asObject, parseJson } from "@tokenflow/core/provider";

/** The figures of one answer, in tokens. */
export interface AnswerUsage {
  /** With those that came from a cache. */
  readonly inputTokens?: number | undefined;
  /** Those of the input that came from a cache. */
  readonly cachedTokens?: number | undefined;
  /** With those of thoughts. */
  readonly outputTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
  /** The price of the answer, if the upstream tells it. */
  readonly credits?: number | undefined;
  /** True if the stream ended with an error of the upstream. Its last figures never come. */
  readonly interrupted?: boolean | undefined;
}

/** The billionths in one credit: the unit in which Copilot tells a price. */
export const NANO = 1e9;
/** Members deeper than this belong to the answer's content. An event may wrap the answer once. */
const MAX_DEPTH = 2;
/** How many places are looked at, at the beginning and at the end. A model may write thousands. */
const LOOKS = 8;
/** The event with which every dialect tells that a stream failed. A model cannot begin a line of its own. */
const ERROR_EVENT = /(?:^|\n)(?:event: ?error\r?\n|data: ?\{"(?:error"|type": ?"error"))/;
/** The event with which a stream of Responses ends after a failure. It may tell figures. */
const FAILED_EVENT = /(?:^|\n)(?:event: ?response\.failed\r?\n|data: ?\{"type": ?"response\.failed")/;

/** Matches wherever an event may begin, which is nowhere in most JSON. */
const FIELD_OR_LINE = /^(?:event|data)|\n/;

/**
 * Reads the usage out of JSON or server-sent events. Of several figures of one kind the last counts. What a model wrote
 * is never counted: inside of a text the quotes are escaped, and the arguments of a tool are too deep.
 * @param text a part of a body
 * @param isEnd true if the body ends with the text
 */
export function findUsage(text: string, isEnd: boolean): AnswerUsage {
  const usage: AnswerUsage = {};
  const places = placesOf(text);
  const looked = places.length > 2 * LOOKS ? [...places.slice(0, LOOKS), ...places.slice(-LOOKS)] : places;
  for (const index of looked) {
    const brace = text.indexOf("{", index);
    const end = endOfObject(text, brace);
    if (end !== undefined && isShallow(text, end, isEnd)) {
      const name = text.startsWith('"usage"', index) ? "usage" : "copilot_usage";
      Object.assign(usage, readUsage({ [name]: parseJson(text.slice(brace, end)) }));
    }
  }
  const isInterrupted =
    FIELD_OR_LINE.test(text) &&
    (ERROR_EVENT.test(text) || (FAILED_EVENT.test(text) && usage.outputTokens === undefined));
  return isInterrupted ? { ...usage, interrupted: true } : usage;
}

const MEMBER = /"(?:copilot_)?usage"\s*:\s*\{/y;

/** Returns where members with usage begin. */
function placesOf(text: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf('usage"'); at !== -1; at = text.indexOf('usage"', at + 1)) {
    const start = text.lastIndexOf('"', at);
    MEMBER.lastIndex = Math.max(start, 0);
    if (MEMBER.test(text)) places.push(start);
  }
  return places;
}

/** Reads the figures of every dialect. The members of Messages do not count what came from the cache as input. */
function readUsage(holder: Readonly<Record<string, unknown>>): AnswerUsage {
  const usage = asObject(holder["usage"]);
  const price = asObject(holder["copilot_usage"] ?? usage["copilot_usage"]);
  const input = asCount(usage["prompt_tokens"]) ?? asCount(usage["input_tokens"]);
  const inputDetails = asObject(usage["prompt_tokens_details"] ?? usage["input_tokens_details"]);
  const outputDetails = asObject(usage["completion_tokens_details"] ?? usage["output_tokens_details"]);
  const cacheRead = asCount(usage["cache_read_input_tokens"]);
  const cacheWritten = asCount(usage["cache_creation_input_tokens"]);
  const nano = asCount(price["total_nano_aiu"]);
  const found: Record<Exclude<keyof AnswerUsage, "interrupted">, number | undefined> = {
    inputTokens: input === undefined ? undefined : input + (cacheRead ?? 0) + (cacheWritten ?? 0),
    cachedTokens: cacheRead ?? asCount(inputDetails["cached_tokens"]),
    outputTokens: asCount(usage["completion_tokens"]) ?? asCount(usage["output_tokens"]),
    reasoningTokens: asCount(outputDetails["reasoning_tokens"]) ?? asCount(usage["reasoning_tokens"]),
    credits: nano === undefined ? undefined : nano / NANO,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function asCount(value: unknown): number | undefined {
  const number = asNumber(value);
  return number !== undefined && number >= 0 && number <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

/** Returns the index behind an object's closing brace, or `undefined` if the text or its event ends before. */
function endOfObject(text: string, brace: number): number | undefined {
  let depth = 0;
  for (let at = nextToken(text, brace); at !== undefined; at = nextToken(text, at + 1)) {
    if (text[at] === "\n") return undefined;
    depth += isOpening(text, at) ? 1 : -1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}

/**
 * Returns true if few objects and lists are open at an index outside of any text: few close behind it, up to the end of
 * the event or of the body.
 */
function isShallow(text: string, from: number, isEnd: boolean): boolean {
  let depth = 0;
  let closed = 0;
  for (let at = nextToken(text, from); at !== undefined; at = nextToken(text, at + 1)) {
    if (text[at] === "\n") return true;
    depth += isOpening(text, at) ? 1 : -1;
    if (depth >= 0) continue;
    depth = 0;
    closed += 1;
    if (closed > MAX_DEPTH) return false;
  }
  return isEnd;
}

function isOpening(text: string, at: number): boolean {
  return text[at] === "{" || text[at] === "[";
}

/** Matches behind a line's end if an event's line ends there. */
const NEXT_LINE = /\r?\n|(?:data|event|id|retry)?:/y;

/** Returns the index of the next bracket outside of texts, or of the next end of an event's line. */
function nextToken(text: string, from: number): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    switch (text[at]) {
      case '"':
        at = endOfText(text, at);
        break;
      case "{":
      case "[":
      case "]":
      case "}":
        return at;
      case "\n":
        NEXT_LINE.lastIndex = at + 1;
        if (NEXT_LINE.test(text)) return at;
        break;
      default:
    }
  }
  return undefined;
}

/** Returns the index of a text's closing quote, or the end. */
function endOfText(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at += 1) {
    if (text[at] === '"') return at;
    if (text[at] === "\\") at += 1;
  }
  return text.length;
}
