/** Where the value of a request's `model` stands, its quotes included. */
export interface FoundModel {
  readonly id: string;
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
/** Says the same with and without JSON's rules: nearly every key and model. */
const PLAIN = /^[\w./:-]*$/;

/**
 * Finds the `model` of a request's outermost object without building anything of it: of several, the last
 * one, as `JSON.parse` has it. Every byte that steers is ASCII, so that UTF-8 needs no decoding.
 * @returns `undefined` where there is none, it is no string, or this is no JSON object
 */
export function findModel(body: Buffer): FoundModel | undefined {
  let found: FoundModel | undefined;
  let at = skipSpace(body, hasByteOrderMark(body) ? 3 : 0);
  if (body[at] !== 0x7b) return undefined;
  at = skipSpace(body, at + 1);
  if (body[at] === 0x7d) return undefined;

  for (;;) {
    const key = readString(body, at);
    if (!key) return undefined;
    at = skipSpace(body, key.end);
    if (body[at] !== COLON) return undefined;
    const start = skipSpace(body, at + 1);
    const end = skipValue(body, start);
    if (end === undefined) return undefined;
    if (key.text() === "model") {
      const id = readString(body, start)?.text();
      found = id === undefined ? undefined : { id, start, end };
    }
    at = skipSpace(body, end);
    if (body[at] === 0x7d) return skipSpace(body, at + 1) === body.length ? found : undefined;
    if (body[at] !== COMMA) return undefined;
    at = skipSpace(body, at + 1);
  }
}

/** The same request for another model: no other byte is changed. */
export function replaceModel(body: Buffer, { start, end }: FoundModel, id: string): Buffer {
  return Buffer.concat([body.subarray(0, start), Buffer.from(JSON.stringify(id)), body.subarray(end)]);
}

interface FoundString {
  readonly end: number;
  /** `undefined` where its escapes are none of JSON's. */
  readonly text: () => string | undefined;
}

function readString(body: Buffer, start: number): FoundString | undefined {
  if (body[start] !== QUOTE) return undefined;
  let end = start;
  do end = body.indexOf(QUOTE, end + 1);
  while (end !== -1 && isEscaped(body, end));
  if (end === -1) return undefined;
  return {
    end: end + 1,
    text() {
      const plain = body.toString("latin1", start + 1, end);
      if (PLAIN.test(plain)) return plain;
      try {
        return String(JSON.parse(body.toString("utf8", start, end + 1)));
      } catch {
        return undefined;
      }
    },
  };
}

function isEscaped(body: Buffer, at: number): boolean {
  let before = at - 1;
  while (body[before] === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}

/** Where a value ends. Brackets are counted, not matched: what is no JSON is for the upstream to refuse. */
function skipValue(body: Buffer, start: number): number | undefined {
  let depth = 0;
  let at = start;
  while (at < body.length) {
    const byte = body[at];
    if (byte === QUOTE) {
      const string = readString(body, at);
      if (!string) return undefined;
      at = string.end;
      if (depth === 0) return at;
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) return at > start ? at : undefined;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || isSpace(byte))) return at > start ? at : undefined;
    at += 1;
  }
  return undefined;
}

function hasByteOrderMark(body: Buffer): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
}

function skipSpace(body: Buffer, start: number): number {
  let at = start;
  while (isSpace(body[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
