import { type EventEmitter, once } from "node:events";
import { gzipSync } from "node:zlib";
import { alterBody, replacementBody } from "./fault-bodies.ts";
import type { Fault } from "./faults.ts";
import type { Counts, JournalDraft } from "./journal.ts";
import type { JsonValue } from "./json.ts";
import { pause } from "./pause.ts";

export type HeaderList = Readonly<Record<string, string>>;

/** The answer to one request. Every answer passes here, so that every fault can hit every answer. */
export interface Reply {
  /** Aborts when the client has left, or the connection was closed. */
  readonly gone: AbortSignal;
  /** Calls back as the answer begins, or when there will be none. */
  whenAnswered(callback: () => void): void;
  json(status: number, body: JsonValue, headers?: HeaderList): Promise<void>;
  text(status: number, body: string, headers?: HeaderList): Promise<void>;
  /** Answers without a body. */
  empty(status: number, headers?: HeaderList): Promise<void>;
  /** Begins a stream of server-sent events. */
  events(headers?: HeaderList): Promise<EventStream>;
}

export interface EventStream {
  /** Sends one event when the client can take it. Returns false if the client left. */
  send(data: JsonValue, event?: string): Promise<boolean>;
  end(): void;
}

/** The transport of one answer: Node's `ServerResponse`, or what stands in for it. */
export interface ReplyTarget extends EventEmitter {
  readonly writableFinished: boolean;
  readonly socket: { resetAndDestroy(): unknown } | null;
  writeHead(status: number, headers: HeaderList): unknown;
  flushHeaders(): void;
  /** Returns false if the client reads more slowly than this: then wait for `drain`. */
  write(bytes: Buffer, done?: () => void): boolean;
  end(): unknown;
  destroy(): unknown;
}

export interface ReplyOptions {
  readonly entry: JournalDraft;
  readonly journal: { readonly counts: Pick<Counts, "aborted" | "refusals"> };
  readonly fault: Fault;
}

const JSON_TYPE: HeaderList = { "content-type": "application/json; charset=utf-8" };
const BLOCK = 64 * 1024;

/** Creates an answer. `disturb` applies a fault that replaces the answer, and returns whether there was one. */
export function createReply(
  response: ReplyTarget,
  { entry, journal, fault }: ReplyOptions,
): Reply & { disturb(): Promise<boolean> } {
  const gone = new AbortController();
  let broken = false;
  let lost = false;
  const callbacks: (() => void)[] = [];
  const tellAnswered = (): void => {
    for (const callback of callbacks.splice(0)) callback();
  };
  response.on("close", () => {
    entry.done = true;
    tellAnswered();
    if (!response.writableFinished && !broken) {
      entry.aborted = true;
      journal.counts.aborted += 1;
    }
    gone.abort();
  });
  response.on("error", () => undefined);

  const breakOff = (): void => {
    broken = true;
    response.destroy();
  };

  const head = (status: number, headers: HeaderList, length?: number): void => {
    entry.status = status;
    tellAnswered();
    if (status === 401) journal.counts.refusals += 1;
    response.writeHead(status, {
      ...headers,
      ...(length === undefined ? {} : { "content-length": String(length) }),
      ...(fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) }),
      ...fault.headers,
    });
  };

  /** Writes as fast as the client reads. Returns false if the client left. */
  const write = async (bytes: Buffer): Promise<boolean> => {
    if (gone.signal.aborted || broken) return false;
    const limit = Math.min(fault.cutAfter ?? Infinity, fault.hangAfter ?? Infinity);
    const part = entry.bytes + bytes.length < limit ? bytes : bytes.subarray(0, limit - entry.bytes);
    entry.bytes += part.length;
    if (entry.bytes >= limit) {
      const after = limit === fault.cutAfter ? breakOff : (): void => undefined;
      if (part.length > 0) response.write(part, after);
      else {
        response.flushHeaders();
        setImmediate(after);
      }
      return waitUntilGone();
    }
    if (!response.write(part)) await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
    return !gone.signal.aborted;
  };

  const waitUntilGone = (): Promise<false> =>
    new Promise((resolve) => {
      if (gone.signal.aborted) return resolve(false);
      gone.signal.addEventListener("abort", () => resolve(false), { once: true });
    });

  const send = async (status: number, headers: HeaderList, body: Buffer): Promise<void> => {
    const bytes = fault.gzip ? gzipSync(body) : body;
    head(status, fault.gzip ? { ...headers, "content-encoding": "gzip" } : headers, bytes.length);
    for (let start = 0; start < bytes.length; start += BLOCK) {
      if (!(await write(bytes.subarray(start, start + BLOCK)))) return;
    }
    response.end();
  };

  /** Sends so many bytes of JSON, without ever having all of them. */
  const sendHuge = async (status: number, size: number): Promise<void> => {
    const [start, end] = [Buffer.from('{"padding":"'), Buffer.from('"}')];
    head(status, { "content-type": "application/json" }, size);
    const block = Buffer.alloc(BLOCK, "x");
    if (!(await write(start))) return;
    for (let left = size - start.length - end.length; left > 0; left -= BLOCK) {
      if (!(await write(block.subarray(0, left)))) return;
    }
    if (await write(end)) response.end();
  };

  /** Applies the faults that replace the answer. */
  const disturb = async (): Promise<boolean> => {
    if (fault.delay !== undefined) await pause(fault.delay, gone.signal);
    if (gone.signal.aborted) return true;
    if (fault.hang) {
      await waitUntilGone();
      return true;
    }
    if (fault.reset) {
      broken = true;
      response.socket?.resetAndDestroy();
      return true;
    }
    const { status = fault.retryAfter === undefined ? undefined : 429, body, hugeBody } = fault;
    if (status === undefined && body === undefined && hugeBody === undefined) return false;
    if (hugeBody !== undefined && !fault.gzip) {
      await sendHuge(status ?? 200, hugeBody);
      return true;
    }
    const [type, text] = replacementBody(status ?? 200, body, hugeBody);
    await send(status ?? 200, { "content-type": type }, Buffer.from(text));
    return true;
  };

  /** Applies the faults that come after the work was done. Returns true if the true answer is still wanted. */
  const answerWanted = async (): Promise<boolean> => {
    if (fault.processed && !lost) {
      lost = await disturb();
    }
    return !lost && !gone.signal.aborted;
  };

  return {
    gone: gone.signal,
    disturb,
    whenAnswered(callback) {
      callbacks.push(callback);
    },
    async json(status, body, headers = {}) {
      if (!(await answerWanted())) return;
      const text = JSON.stringify(alterBody(body, fault));
      const cut = fault.badJson ? text.slice(0, text.length / 2) : text;
      await send(status, { ...JSON_TYPE, ...headers }, Buffer.from(cut));
    },
    async text(status, body, headers = {}) {
      if (!(await answerWanted())) return;
      await send(status, { "content-type": "text/plain; charset=utf-8", ...headers }, Buffer.from(body));
    },
    async empty(status, headers = {}) {
      if (!(await answerWanted())) return;
      head(status, headers);
      response.end();
    },
    async events(headers = {}) {
      const wanted = await answerWanted();
      if (wanted) {
        head(200, { "content-type": "text/event-stream", "cache-control": "no-cache", ...headers });
        response.flushHeaders();
      }
      let sent = 0;
      const { streamError } = fault;
      return {
        async send(data, event) {
          if (!wanted) return false;
          if (sent === streamError?.after) {
            await write(eventBytes({ error: streamError.error }, undefined));
            return false;
          }
          sent += 1;
          return write(eventBytes(data, event));
        },
        end() {
          if (wanted && !broken) response.end();
        },
      };
    },
  };
}

function eventBytes(data: JsonValue, event: string | undefined): Buffer {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return Buffer.from(`${event === undefined ? "" : `event: ${event}\n`}data: ${text}\n\n`);
}
