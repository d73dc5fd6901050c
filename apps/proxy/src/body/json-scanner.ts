import * as grammar from "./json-grammar.ts";
import { usualWord } from "./usual-words.ts";

/** Receives what a {@link JsonScanner} finds. It is called only for what is directly in a container that it watches. */
export interface JsonVisitor {
  /** An object or an array begins. Returns true to watch it. */
  open(isObject: boolean): boolean;
  /** The innermost watched container has ended. */
  close(): void;
  /** A member of a watched object begins. Returns true to receive its value if that is text. */
  key(name: string): boolean;
  /** The text that was asked for, and the offsets of its quotes: of the first one, and after the last one. */
  text(value: string, start: number, end: number): void;
  /** A number, a literal, or a text that was not asked for. */
  other(): void;
}

/** The most containers inside each other. Servers accept fewer: Python 1,000, Rust's serde_json 128. */
export const MAX_JSON_DEPTH = 1_000;
/** A longer text, in bytes, is not decoded: it counts as other than text. */
const MAX_TEXT = 64 * 1024;

/**
 * Reads JSON byte by byte as it arrives. Builds nothing, and calls a visitor for the few members that it watches.
 * Accepts exactly what `JSON.parse` accepts after a byte order mark, to a depth.
 */
export class JsonScanner {
  readonly #visitor: JsonVisitor;
  #state: number = grammar.START;
  /** The state after a value of the innermost container. */
  #after: number = grammar.AFTER_ROOT;
  /** The same of the containers around it. */
  readonly #outer: number[] = [];
  #isTooDeep = false;
  #values = 0;
  /** The depth of the innermost watched container. What is deeper has no visitor. */
  #watched = 0;
  /** The number of bytes before this chunk. */
  #before = 0;
  #isKey = false;
  /** True if the visitor asked for the text of the next value. */
  #isWanted = false;
  /** True while a string is to be decoded. */
  #isCaptured = false;
  #isEscaped = false;
  /** The offset of the string's beginning, over all chunks. */
  #start = 0;
  /** The string's bytes in earlier chunks. */
  #earlier: Buffer | undefined;

  constructor(visitor: JsonVisitor) {
    this.#visitor = visitor;
  }

  get isTooDeep(): boolean {
    return this.#isTooDeep;
  }

  /** The number of values that have ended, names of members included. */
  get values(): number {
    return this.#values;
  }

  /** Returns true if the bytes so far are one whole value. */
  isWhole(): boolean {
    if (this.#after !== grammar.AFTER_ROOT) return false;
    return this.#state === grammar.AFTER_ROOT || grammar.isWholeNumber(this.#state);
  }

  write(bytes: Buffer): void {
    const end = bytes.length;
    const table = grammar.GRAMMAR;
    const view = new DataView(bytes.buffer, bytes.byteOffset, end);
    let state = this.#state;
    let after = this.#after;
    let values = 0;
    let isWatched = this.#outer.length === this.#watched;
    let at = state === grammar.STRING ? endOfRun(view, 0) : 0;
    for (; at < end && state !== grammar.INVALID; at += 1) {
      const next = table.getUint8((state << 8) | view.getUint8(at));
      if (next < grammar.FIRST_ACTION) {
        state = next;
        continue;
      }
      switch (next) {
        case grammar.END_NUMBER:
          values += 1;
          if (isWatched) this.#visitor.other();
          at -= 1;
          state = after;
          break;
        case grammar.BEGIN_KEY:
        case grammar.BEGIN_TEXT:
          this.#isKey = next === grammar.BEGIN_KEY;
          if (isWatched) this.#beginString(at);
          state = grammar.STRING;
          at = endOfRun(view, at + 1) - 1;
          break;
        case grammar.BEGIN_ESCAPE:
          this.#isEscaped = true;
          state = grammar.ESCAPE;
          break;
        case grammar.RESUME_STRING:
          state = grammar.STRING;
          at = endOfRun(view, at + 1) - 1;
          break;
        case grammar.END_STRING:
          values += 1;
          state = this.#isKey ? grammar.COLON : after;
          if (isWatched) this.#endString(bytes, at);
          break;
        case grammar.END_LITERAL:
          values += 1;
          state = after;
          if (isWatched) this.#visitor.other();
          break;
        default:
          values += 1;
          state = next === grammar.CLOSE ? this.#close() : this.#open(next === grammar.OPEN_OBJECT);
          after = this.#after;
          isWatched = this.#outer.length === this.#watched;
      }
    }
    this.#state = state;
    this.#values += values;
    if (this.#isCaptured) this.#keep(bytes);
    this.#before += end;
  }

  #open(isObject: boolean): number {
    const depth = this.#outer.length;
    if (depth === MAX_JSON_DEPTH) {
      this.#isTooDeep = true;
      return grammar.INVALID;
    }
    this.#isWanted = false;
    if (depth === this.#watched && this.#visitor.open(isObject)) this.#watched += 1;
    this.#outer.push(this.#after);
    this.#after = isObject ? grammar.AFTER_MEMBER : grammar.AFTER_ELEMENT;
    return isObject ? grammar.FIRST_KEY : grammar.FIRST_ELEMENT;
  }

  #close(): number {
    this.#isWanted = false;
    if (this.#outer.length === this.#watched) {
      this.#watched -= 1;
      this.#visitor.close();
    }
    this.#after = this.#outer.pop() ?? grammar.INVALID;
    return this.#after;
  }

  /** Begins a string that is directly in a watched container, or the root. */
  #beginString(at: number): void {
    this.#isCaptured = this.#isKey || this.#isWanted;
    this.#isWanted = false;
    this.#isEscaped = false;
    this.#start = this.#before + at;
    this.#earlier = undefined;
  }

  /** Ends a string that is directly in a watched container, or the root. */
  #endString(bytes: Buffer, at: number): void {
    const text = this.#isCaptured ? this.#decode(bytes, at) : undefined;
    this.#isCaptured = false;
    if (this.#isKey) this.#isWanted = this.#visitor.key(text ?? "");
    else if (text === undefined) this.#visitor.other();
    else this.#visitor.text(text, this.#start, this.#before + at + 1);
  }

  /** Returns the text of a string that ends in this chunk, or `undefined` if it is too long. */
  #decode(bytes: Buffer, end: number): string | undefined {
    const from = this.#start + 1 - this.#before;
    if (end - from > MAX_TEXT) return undefined;
    if (!this.#earlier && !this.#isEscaped)
      return usualWord(bytes, from, end) ?? bytes.toString("utf8", from, end);
    const raw = this.#earlier
      ? Buffer.concat([this.#earlier, bytes.subarray(0, end)])
      : bytes.subarray(from, end);
    const text = raw.toString();
    return this.#isKey ? unescapeText(text) : asText(JSON.parse(`"${text}"`));
  }

  /** Keeps the part of a string that is in this chunk, unless the string is too long already. */
  #keep(bytes: Buffer): void {
    const from = this.#start + 1 - this.#before;
    const part = bytes.subarray(Math.max(from, 0));
    if (bytes.length - from > MAX_TEXT) this.#isCaptured = false;
    else this.#earlier = Buffer.concat(this.#earlier ? [this.#earlier, part] : [part]);
  }
}

/** Returns the offset of the first byte that does not simply continue a string, or the end. */
function endOfRun(bytes: DataView, from: number): number {
  const end = bytes.byteLength;
  let at = from;
  // Four at a time: none of them may be below a space, a quote or a backslash.
  for (; at + 4 <= end; at += 4) {
    const four = bytes.getInt32(at, true);
    const quotes = four ^ 0x22222222;
    const backslashes = four ^ 0x5c5c5c5c;
    const found =
      ((four - 0x20202020) & ~four) |
      ((quotes - 0x01010101) & ~quotes) |
      ((backslashes - 0x01010101) & ~backslashes);
    if ((found & 0x80808080) !== 0) break;
  }
  while (at < end && isPlain(bytes.getUint8(at))) at += 1;
  return at;
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte !== 0x22 && byte !== 0x5c;
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Decodes the escapes of a string that is known to be valid. */
function unescapeText(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_all, hex: string | undefined, one: string = "") =>
    hex === undefined ? (ESCAPES[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
