/**
 * An event of a chat, one of a chat without `object`, one of a response whose item has another id each time, or one of
 * a message.
 */
export type EventKind = "chat" | "bare" | "responses" | "messages";

/** The pace of a stream. The request names it in the text of its message, which a proxy may translate. */
export interface Pace {
  readonly events: number;
  /** Between two events, in milliseconds. 0 sends them as fast as they are read. */
  readonly every: number;
  /** What each event is. @default "chat" */
  readonly kind?: EventKind | undefined;
  /** The status. The proxy repairs answers with 200 alone. @default 200 */
  readonly status?: number | undefined;
  /** How many events of a burst are written at once. Those of a chunk have one time. @default 1 */
  readonly batch?: number | undefined;
}

/** The place of the pace in a request: words, and JSON that needs no escape in another JSON. */
const PACE = /pace ([\w%]+)/;

export function paceText(pace: Pace): string {
  return `pace ${Buffer.from(JSON.stringify(pace)).toString("hex")}`;
}

export function paceIn(body: string): Pace {
  return JSON.parse(Buffer.from(PACE.exec(body)?.[1] ?? "", "hex").toString()) as Pace;
}
