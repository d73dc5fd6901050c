import type { Clock } from "../base/clock.ts";
import { withTimeout } from "../base/with-timeout.ts";

/** How much of an error's body is read to recognize a rejection, and how long that may take. */
const MAX_PEEK_CHARS = 16_384;
const PEEK_TIMEOUT = 1_000;

/**
 * Returns the beginning of a body. The caller can still read all of it. If the body stalls or breaks off, this
 * returns what has come so far, and the caller sees the break itself.
 */
export async function peekBody(response: Response, clock: Clock): Promise<string> {
  const reader = response.clone().body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  const read = async (): Promise<void> => {
    while (text.length < MAX_PEEK_CHARS) {
      const part = await reader.read();
      if (part.done) break;
      text += decoder.decode(part.value, { stream: true });
    }
  };
  try {
    await withTimeout(read(), { clock, timeout: PEEK_TIMEOUT, background: true, onTimeout: () => undefined });
  } catch {
    // The body broke off.
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  return text;
}

/** The beginning of a stream, and the response that still has all of it. */
export interface PeekedStream {
  readonly start: string;
  readonly response: Response;
}

/**
 * Reads a stream of events to the end of its first event with data. If that stalls or breaks off, this returns what has
 * come so far, and the caller sees the break itself.
 */
export async function peekEvent(response: Response, clock: Clock): Promise<PeekedStream> {
  const { body, status, statusText, headers, url } = response;
  if (!body) return { start: "", response };
  const reader = body.getReader();
  const held: ReadableStreamReadResult<Uint8Array>[] = [];
  const decoder = new TextDecoder();
  let start = "";
  let isPeeking = true;
  /** The part that is awaited, so that none is lost when the time is over. */
  let next: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  const read = async (): Promise<void> => {
    while (start.length < MAX_PEEK_CHARS && !FIRST_EVENT.test(start)) {
      next = reader.read();
      const part = await next;
      // It came too late, and is the caller's.
      if (!isPeeking) return;
      next = undefined;
      held.push(part);
      if (part.done) return;
      start += decoder.decode(part.value, { stream: true });
    }
  };
  try {
    await withTimeout(read(), { clock, timeout: PEEK_TIMEOUT, background: true, onTimeout: () => undefined });
  } catch {
    // The stream broke off.
  }
  isPeeking = false;
  const takeNext = (): Promise<ReadableStreamReadResult<Uint8Array>> => {
    const part = next ?? reader.read();
    next = undefined;
    return part;
  };
  const rest = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = held.shift() ?? (await takeNext());
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const whole = new Response(rest, { status, statusText, headers });
  return { start, response: Object.defineProperty(whole, "url", { value: url }) };
}

/** A line of data, and a blank line somewhere behind it. */
const FIRST_EVENT = /(?:^|[\r\n])data:[^]*?(?:\n\r?\n|\r\r)/;
