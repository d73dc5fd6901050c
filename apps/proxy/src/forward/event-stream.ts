import type { IncomingHttpHeaders } from "node:http";

/** Whether an answer is a stream of server-sent events. */
export function isEventStream(headers: IncomingHttpHeaders): boolean {
  return /^text\/event-stream\s*(?:;|$)/i.test(headers["content-type"] ?? "");
}

/** Whether the beginning of a stream holds an event that says anything; comments and bare fields do not. */
export function containsCompleteEvent(beginning: Buffer): boolean {
  const text = beginning.toString("latin1");
  const data = text.search(/^data:/m);
  return data !== -1 && /\n\r?\n/.test(text.slice(data));
}
