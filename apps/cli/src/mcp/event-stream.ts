import { parseJson } from "@tokenflow/core/provider";
import { createParser } from "eventsource-parser";

export interface StreamEvent {
  readonly data: string;
  readonly id?: string | undefined;
  readonly event?: string | undefined;
}

export interface EventReading {
  /** Called when the server names the pause before a reconnection, in milliseconds. */
  readonly onRetry?: ((milliseconds: number) => void) | undefined;
}

/** An event may be as long as the answer of a tool. */
const MAX_EVENT = 64 * 1024 * 1024;

/**
 * Reads the events of a response. Ends when the stream ends. An event that is not ended, but whose data is whole JSON, is
 * the last one, without its id, which may be cut.
 * @throws what the connection throws when it breaks
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { onRetry }: EventReading = {},
): AsyncGenerator<StreamEvent, void> {
  const events: StreamEvent[] = [];
  const parser = createParser({
    onEvent: (event) => void events.push(event),
    ...(onRetry ? { onRetry } : {}),
  });
  const decoder = new TextDecoder();
  let size = 0;
  let broken: { readonly error: unknown } | undefined;
  try {
    for await (const bytes of body) {
      size += bytes.byteLength;
      if (size > MAX_EVENT) throw new Error("The event is too long");
      parser.feed(decoder.decode(bytes, { stream: true }));
      if (events.length > 0) size = 0;
      yield* events.splice(0);
    }
  } catch (error) {
    if (size > MAX_EVENT) throw error;
    broken = { error };
  }
  parser.feed("\n\n");
  for (const { data, event } of events) if (parseJson(data) !== undefined) yield { data, event };
  if (broken) throw broken.error;
}
