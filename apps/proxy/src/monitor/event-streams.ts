import type { ServerResponse } from "node:http";
import { RequestError } from "../answers/request-error.ts";
import type { MonitorEvents } from "./proxy-status.ts";

/** Who looks on, live. */
export interface EventStreams {
  readonly size: number;
  /** Begins a stream with the first event. @throws RequestError 429 where too many look on */
  open(response: ServerResponse, first: MonitorEvents["status"]): void;
  send<Name extends keyof MonitorEvents>(name: Name, data: MonitorEvents[Name]): void;
  /** A comment, so that nobody takes silence for an end. */
  keepAlive(): void;
  close(): void;
}

const MAX_STREAMS = 32;
/** Who reads slower than this, in bytes, comes back and gets the status anew. */
const MAX_UNREAD = 1024 * 1024;

export function createEventStreams(): EventStreams {
  const streams = new Set<ServerResponse>();

  const write = (text: string): void => {
    for (const stream of streams) {
      if (stream.writableLength > MAX_UNREAD) stream.destroy();
      else stream.write(text);
    }
  };
  const format = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

  return {
    get size() {
      return streams.size;
    },
    open(response, first) {
      if (streams.size >= MAX_STREAMS) {
        throw new RequestError("request.queue_full", `${MAX_STREAMS} look on already.`, {
          "retry-after": "5",
        });
      }
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(format("status", first));
      streams.add(response);
      response.once("close", () => streams.delete(response));
    },
    send(name, data) {
      if (streams.size > 0) write(format(name, data));
    },
    keepAlive: () => write(": here\n\n"),
    close() {
      for (const stream of streams) stream.end();
    },
  };
}
