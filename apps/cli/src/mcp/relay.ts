import { setTimeout } from "node:timers/promises";
import { isTransientStatus } from "@tokenflow/core/provider";
import { readEvents, type StreamEvent } from "./event-stream.ts";
import { CODE, errorText, type Id, type Message, readError, readMessage } from "./messages.ts";
import type { SendToServer, Sent } from "./server.ts";

/** How a relay reaches the server and the client. */
export interface RelayContext {
  readonly send: SendToServer;
  /** The headers of every request in the current session of the server. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** The server's name for people. */
  readonly name: string;
  /** Passes a message of the server on. */
  readonly deliver: (message: Message) => void;
  /** Writes the bridge's own answer to the client. */
  readonly write: (text: string) => void;
}

/** Reconnections that bring no event of a stream before its answer counts as lost. */
const MAX_RESUMES = 3;
/** The pause before a reconnection, if the server names none. */
const RESUME_AFTER = 1_000;
/** The pauses that a server may name, in milliseconds. A shorter one would flood it, and no timer is as long as some. */
const [MIN_PAUSE, MAX_PAUSE] = [100, 3_600_000];
const MAX_BODY = 64 * 1024 * 1024;

/**
 * Passes on what a response holds, up to the answer of the request. If the stream breaks before it, and the server
 * numbers its events, the rest is asked for; the request itself is never sent again.
 */
export async function relayResponse(
  response: Response,
  id: Id | undefined,
  context: RelayContext,
  signal: AbortSignal,
): Promise<void> {
  const { write, name, deliver } = context;
  if (response.ok && isEventStream(response) && response.body) {
    if (await relayStream(response.body, id, context, signal)) return;
    if (id !== undefined) write(errorText(id, CODE.failed, lost(name)));
    return;
  }
  const text = await readText(response).catch(() => undefined);
  if (id === undefined) return;
  if (text === undefined) return write(errorText(id, CODE.failed, lost(name)));
  // Some servers name another type, or none.
  const messages = readMessages(text);
  if (messages.some((message) => message.method === undefined && message.id === id)) {
    for (const message of messages) deliver(message);
    return;
  }
  // Some servers answer a refusal without the id of the request. The client would wait for its own.
  for (const message of messages) if (message.method !== undefined) deliver(message);
  const refusal = messages.map(({ error }) => readError(error)).find(Boolean);
  if (refusal) return write(errorText(id, refusal.code, refusal.message, refusal.data));
  const why = response.ok ? " without an answer to the request" : said(text);
  write(errorText(id, CODE.failed, `${name} answered ${response.status}${why}`));
}

/** Returns true once the answer of the request was passed on. */
async function relayStream(
  first: ReadableStream<Uint8Array>,
  id: Id | undefined,
  context: RelayContext,
  signal: AbortSignal,
): Promise<boolean> {
  const place: { lastId?: string; retry?: number } = {};
  let body: ReadableStream<Uint8Array> | undefined = first;
  for (let resumes = 0; ; resumes += 1) {
    const before = place.lastId;
    if (body && (await relayEvents(body, id, context, place))) return true;
    // A server may end a stream as often as it likes while it works on the answer.
    if (place.lastId !== before) resumes = 0;
    if (signal.aborted || place.lastId === undefined || resumes >= MAX_RESUMES) return false;
    await setTimeout(pauseOf(place.retry ?? RESUME_AFTER, MIN_PAUSE), undefined, { signal });
    body = bodyOf(
      await context.send({
        method: "GET",
        headers: { ...context.headers(), accept: "text/event-stream", "last-event-id": place.lastId },
        signal,
      }),
    );
  }
}

async function relayEvents(
  body: ReadableStream<Uint8Array>,
  id: Id | undefined,
  { deliver }: RelayContext,
  place: { lastId?: string; retry?: number },
): Promise<boolean> {
  let isAnswered = false;
  try {
    for await (const event of readEvents(body, { onRetry: (pause) => (place.retry = pause) })) {
      if (event.id !== undefined) place.lastId = event.id;
      const message = messageOf(event);
      if (!message) continue;
      deliver(message);
      isAnswered ||= id !== undefined && message.method === undefined && message.id === id;
    }
  } catch {
    // A broken stream is one that ended early.
  }
  return isAnswered;
}

/** Listens to what the server sends by itself, until it has no such stream or the signal aborts. */
export async function relayServerStream(context: RelayContext, signal: AbortSignal): Promise<void> {
  const place: { lastId?: string; retry?: number } = {};
  for (let failures = 0; !signal.aborted; failures += 1) {
    const resume = place.lastId === undefined ? {} : { "last-event-id": place.lastId };
    const headers = { ...context.headers(), accept: "text/event-stream", ...resume };
    const sent = await context.send({ method: "GET", headers, signal });
    const body = bodyOf(sent);
    if (body) {
      failures = 0;
      await relayEvents(body, undefined, context, place);
    } else if (isFinal(sent)) return;
    const backoff = Math.min(RESUME_AFTER * 2 ** failures, 60_000);
    const pause = pauseOf(place.retry ?? backoff, backoff);
    await setTimeout(pause, undefined, { signal, ref: false });
  }
}

/** Returns true if there will be no such stream: the server has none, or refuses the token of this session. */
function isFinal(sent: Sent): boolean {
  const isAway = sent.status === "answered" && isTransientStatus(sent.response.status);
  return sent.status !== "failed" && !isAway;
}

/**
 * Bounds a pause in milliseconds that a server names.
 * @internal Exported for its test.
 */
export function pauseOf(wanted: number, least: number): number {
  return Math.min(Math.max(wanted, least), MAX_PAUSE);
}

function messageOf({ data, event }: StreamEvent): Message | undefined {
  return event === undefined || event === "message" ? readMessage(data) : undefined;
}

export function bodyOf(sent: Sent): ReadableStream<Uint8Array> | undefined {
  if (sent.status !== "answered") return undefined;
  const { response } = sent;
  if (response.ok && isEventStream(response) && response.body) return response.body;
  response.body?.cancel().catch(() => undefined);
  return undefined;
}

function isEventStream({ headers }: Response): boolean {
  return headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() === "text/event-stream";
}

export function lost(name: string): string {
  return `The connection to ${name} broke before its answer arrived. The request may have been carried out, so it was not sent again. Check before you repeat it.`;
}

/** One answer, or several in a list (revision 2025-03-26). */
function readMessages(text: string): readonly Message[] {
  const one = readMessage(text);
  if (one) return [one];
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return [];
    return list.flatMap((item) => readMessage(JSON.stringify(item)) ?? []);
  } catch {
    return [];
  }
}

/** A refusal in the server's own words, shortened. */
export function said(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\s]+/gu, " ").trim();
  return line === "" || line.startsWith("<") ? "" : `: ${line.slice(0, 200)}`;
}

/**
 * Reads a body to its end, or to the end of JSON after which the connection breaks: nothing is missing then.
 * @throws what the connection throws when it breaks
 */
export async function readText(response: Response): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  try {
    for await (const bytes of response.body) {
      size += bytes.byteLength;
      if (size > MAX_BODY) throw new Error("The body is too long");
      text += decoder.decode(bytes, { stream: true });
    }
  } catch (error) {
    if (readMessages(text).length === 0) throw error;
  }
  return text + decoder.decode();
}
