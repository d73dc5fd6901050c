import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";

/** Selects requests, and describes what goes wrong with them. Effects may be combined. */
export interface Fault {
  /** @default every service */
  readonly service?: string | undefined;
  readonly method?: string | undefined;
  /** The beginning of the path. @default every path */
  readonly path?: string | undefined;
  /** The number of matching requests that it hits. @default 1 */
  readonly count?: number | undefined;
  /** The number of matching requests that pass before it. @default 0 */
  readonly skip?: number | undefined;
  /**
   * Lets the service do its work first, so that only the answer is lost or replaced: a grant is then spent
   * and its successor never arrives. @default false
   */
  readonly processed?: boolean | undefined;

  /** Waits this long before anything else, in ms. */
  readonly delay?: number | undefined;
  /** Never answers. */
  readonly hang?: boolean | undefined;
  /** Resets the connection instead of answering. */
  readonly reset?: boolean | undefined;
  /** Answers with this status instead. */
  readonly status?: number | undefined;
  /** Answers with this body instead: a text unchanged, anything else as JSON. */
  readonly body?: JsonValue | undefined;
  /** Answers with this many bytes of valid JSON instead. */
  readonly hugeBody?: number | undefined;
  /** Sent as `Retry-After`: seconds, or a date. Alone, it means status 429. */
  readonly retryAfter?: number | string | undefined;
  /** Added to the answer. */
  readonly headers?: Readonly<Record<string, string>> | undefined;

  /** Adds these members to the true JSON answer. */
  readonly merge?: JsonObject | undefined;
  /** Removes these members from the true JSON answer. */
  readonly omit?: readonly string[] | undefined;
  /** Sends only the first half of the true answer's JSON, as a complete answer. */
  readonly badJson?: boolean | undefined;
  /** Compresses the answer even if nobody asked for it. Not for streams. */
  readonly gzip?: boolean | undefined;
  /** Closes the connection after this many bytes of the answer's body. */
  readonly cutAfter?: number | undefined;
  /** Sends nothing more after this many bytes of the answer's body. */
  readonly hangAfter?: number | undefined;
  /** Sends this as an event of a stream after the given number of events, and ends the stream. */
  readonly streamError?: { readonly after: number; readonly error: JsonObject } | undefined;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** Returns the fault that hits this request, and uses it once. */
  take(service: string, method: string, path: string): Fault | undefined;
}

const TYPES: Readonly<Record<keyof Fault, string>> = {
  service: "string",
  method: "string",
  path: "string",
  count: "number",
  skip: "number",
  processed: "boolean",
  delay: "number",
  hang: "boolean",
  reset: "boolean",
  status: "number",
  body: "any",
  hugeBody: "number",
  retryAfter: "number or string",
  headers: "object",
  merge: "object",
  omit: "object",
  badJson: "boolean",
  gzip: "boolean",
  cutAfter: "number",
  hangAfter: "number",
  streamError: "object",
};

export function createFaults(): Faults {
  let waiting: { readonly fault: Fault; skip: number; left: number }[] = [];
  return {
    add(fault) {
      waiting.push({ fault, skip: fault.skip ?? 0, left: fault.count ?? 1 });
    },
    clear() {
      waiting = [];
    },
    take(service, method, path) {
      for (const candidate of waiting) {
        const { fault } = candidate;
        if (fault.service !== undefined && fault.service !== service) continue;
        if (fault.method !== undefined && fault.method !== method) continue;
        if (!path.startsWith(fault.path ?? "")) continue;
        if (candidate.skip > 0) {
          candidate.skip -= 1;
          continue;
        }
        candidate.left -= 1;
        if (candidate.left <= 0) waiting = waiting.filter((other) => other !== candidate);
        return fault;
      }
      return undefined;
    },
  };
}

/**
 * Narrows what came over HTTP.
 * @throws TypeError naming a knob that does not exist or cannot have this value
 */
export function readFault(value: unknown): Fault {
  if (!isFault(value)) throw new TypeError("A fault is a JSON object");
  return value;
}

function isFault(value: unknown): value is Fault {
  if (!isJsonObject(value)) return false;
  const types: Readonly<Record<string, string>> = TYPES;
  for (const [name, given] of Object.entries(value)) {
    const type = types[name];
    if (type === undefined) throw new TypeError(`There is no fault knob "${name}"`);
    if (type !== "any" && !type.includes(typeof given)) {
      throw new TypeError(`The fault knob "${name}" must be of type ${type}`);
    }
  }
  return true;
}
