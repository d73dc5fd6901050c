import type { ServerResponse } from "node:http";
import { RequestError } from "../answers/request-error.ts";
import type { MonitorEvents } from "./proxy-status.ts";

/** The open event streams of dashboards. */
export interface EventStreams {
  readonly size: number;
  /** Opens a stream with its first event. @throws RequestError 429 if too many are open */
  open(response: ServerResponse, first: MonitorEvents["status"]): void;
  send<Name extends keyof MonitorEvents>(name: Name, data: MonitorEvents[Name]): void;
  /** Sends a comment, so that clients do not time out. */
  keepAlive(): void;
  close(): void;
}

const MAX_STREAMS = 32;
/** The most unread bytes of a stream. Beyond it the stream is closed; the client reconnects and gets the status. */
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
        throw new RequestError(
          "request.queue_full",
          `Too many dashboard connections (limit ${MAX_STREAMS}).`,
          {
            "retry-after": "5",
          },
        );
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
