import type { ServerEvent } from "../conversation/stream.ts";
import type { EventTranslator } from "./translate-request.ts";

/** The longest event that is read, in characters. */
const MAX_EVENT = 64 * 1024 * 1024;

/**
 * Creates a transform for the bytes of a stream: server-sent events of the other dialect go in, the caller's come out.
 * It passes comments on, and holds at most one event.
 *
 * @example
 * ```ts
 * const bytes = response.body?.pipeThrough(createEventTransform(translation.stream()));
 * ```
 */
export function createEventTransform(translator: EventTranslator): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const parser = createEventParser((data) => translator.event(data).map(formatEvent).join(""));
  const send = (text: string, controller: TransformStreamDefaultController<Uint8Array>): void => {
    if (text !== "") controller.enqueue(encoder.encode(text));
  };
  return new TransformStream({
    transform: (chunk, controller) => send(parser.push(decoder.decode(chunk, { stream: true })), controller),
    flush(controller) {
      const rest = parser.push(decoder.decode()) + parser.end();
      send(rest + translator.end().map(formatEvent).join(""), controller);
    },
  });
}

/** Writes an event as it is sent. */
export function formatEvent({ event, data, comment }: ServerEvent): string {
  if (data === undefined) return comment === undefined ? "" : `: ${comment}\n\n`;
  return `${event === undefined ? "" : `event: ${event}\n`}data: ${data}\n\n`;
}

interface EventParser {
  /** Returns what takes the place of the events that this text completes. */
  push(text: string): string;
  end(): string;
}

/** Parses events by the rules of the HTML standard. The ends of lines may be LF, CRLF or CR. */
function createEventParser(translate: (data: string) => string): EventParser {
  let line = "";
  let data: string[] = [];
  let size = 0;
  let isAfterCr = false;

  /** Ends a line. Returns what is sent now. */
  const endLine = (whole: string): string => {
    if (whole === "") {
      if (data.length === 0) return "";
      const text = data.join("\n");
      data = [];
      size = 0;
      return translate(text);
    }
    if (whole.startsWith(":")) return `${whole}\n\n`;
    const isData = whole === "data" || whole.startsWith("data:");
    if (isData) {
      size += whole.length;
      if (size > MAX_EVENT) throw new TypeError(`An event is longer than ${MAX_EVENT} characters`);
      data.push(whole.slice("data:".length).replace(/^ /, ""));
    }
    return "";
  };

  return {
    push(text) {
      let sent = "";
      let start = 0;
      for (let at = 0; at < text.length; at += 1) {
        const code = text.charCodeAt(at);
        const isLf = code === 10;
        if (!isLf && code !== 13) {
          isAfterCr = false;
          continue;
        }
        if (isLf && isAfterCr) {
          isAfterCr = false;
          start = at + 1;
          continue;
        }
        isAfterCr = !isLf;
        sent += endLine(line + text.slice(start, at));
        line = "";
        start = at + 1;
      }
      line += text.slice(start);
      if (line.length > MAX_EVENT) throw new TypeError(`An event is longer than ${MAX_EVENT} characters`);
      return sent;
    },
    end() {
      const sent = line === "" ? "" : endLine(line);
      line = "";
      return sent + endLine("");
    },
  };
}
