import type { IncomingHttpHeaders } from "node:http";
import { TokenFlowError } from "@tokenflow/core";
import {
  type AnswerRepair,
  createEventStreamRepair,
  isStartOfEvents,
  MAX_REPAIRED_BODY,
  repairBody,
} from "@tokenflow/core/provider";
import type { BodyWriter, ResponseWriter } from "./response-writer.ts";

/** The beginning of HTML, behind a byte order mark and space. */
const PAGE = /^(?:\xef\xbb\xbf)?\s*</;
const MAX_SPACE = 64;

/** A body on its way through a repair. */
export interface RepairedBody extends Pick<BodyWriter, "write" | "stop"> {
  /** Writes what waits. */
  flush(): void;
  end(trailers: IncomingHttpHeaders): void;
}

/**
 * Repairs the events of a stream as they come. Chunks of one tick are repaired together: there are many in one packet,
 * and one write for all of them saves more than the repair costs.
 */
export function repairEvents(
  writer: ResponseWriter,
  { event, ...options }: Omit<AnswerRepair, "event"> & { readonly event: NonNullable<AnswerRepair["event"]> },
  onError: (error: unknown) => void,
): RepairedBody {
  const events = createEventStreamRepair(event, options);
  let waiting: Buffer[] = [];
  const pass = (bytes: Uint8Array): void => {
    if (bytes.length > 0) writer.write(toBuffer(bytes));
  };
  const flush = (): void => {
    const [first] = waiting;
    if (!first) return;
    const bytes = waiting.length === 1 ? first : Buffer.concat(waiting);
    waiting = [];
    try {
      pass(events.write(bytes));
    } catch (error) {
      onError(error);
    }
  };
  return {
    write(chunk) {
      waiting.push(chunk);
      // The first event leaves in one packet with the headers.
      if (writer.takesFirst) flush();
      else if (waiting.length === 1) process.nextTick(flush);
    },
    flush,
    stop() {
      waiting = [];
    },
    end(trailers) {
      flush();
      pass(events.end());
      writer.end(trailers);
    },
  };
}

interface WholeResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly repair: NonNullable<AnswerRepair["body"]>;
}

/** Holds a whole body, then writes it repaired. Nothing is sent before, so that a broken one becomes an error. */
export function repairWhole(
  writer: ResponseWriter,
  { status, headers, repair }: WholeResponse,
): RepairedBody {
  const parts: Buffer[] = [];
  let size = 0;
  return {
    flush: () => undefined,
    stop() {
      parts.length = 0;
    },
    write(chunk) {
      size += chunk.length;
      if (size > MAX_REPAIRED_BODY) parts.length = 0;
      else parts.push(chunk);
    },
    end(trailers) {
      if (size > MAX_REPAIRED_BODY) {
        throw new TokenFlowError("provider.malformed", "The response is too large", {
          hint: `Ask for less in one request. At most ${MAX_REPAIRED_BODY} bytes are held.`,
        });
      }
      const bytes = toBuffer(repairBody(Buffer.concat(parts), repair));
      writer.begin(status, { ...headers, "content-length": String(bytes.length) });
      if (bytes.length > 0) writer.write(bytes);
      writer.end(trailers);
    },
  };
}

/** Tells that a page came in place of an answer, and takes the rest of it. */
export function refusePage(onError: (error: unknown) => void): RepairedBody {
  const hint = "A proxy or a sign-in page of the network may have answered. Try again later.";
  onError(new TokenFlowError("provider.malformed", "The service answered with a page", { hint }));
  const ignore = (): void => undefined;
  return { flush: ignore, stop: ignore, write: ignore, end: ignore };
}

/** The kind of a body, by its first bytes. */
export type BodyStart = "events" | "page" | "other";

/** Writes a body as it comes. */
export function passBody(writer: ResponseWriter): RepairedBody {
  return {
    flush: () => undefined,
    stop: () => undefined,
    write: (chunk) => writer.write(chunk),
    end: (trailers) => writer.end(trailers),
  };
}

/**
 * Decides by its first bytes how a body is repaired: some services send events under another type, or under none.
 * @param choose begins the response
 */
export function repairByStart(choose: (kind: BodyStart) => RepairedBody): RepairedBody {
  let start: Buffer = Buffer.alloc(0);
  let chosen: RepairedBody | undefined;
  const decide = (isStream: boolean): RepairedBody => {
    chosen = choose(
      isStream ? "events" : PAGE.test(start.toString("latin1", 0, MAX_SPACE)) ? "page" : "other",
    );
    if (start.length > 0) chosen.write(start);
    return chosen;
  };
  return {
    flush: () => chosen?.flush(),
    stop: () => chosen?.stop(),
    write(chunk) {
      if (chosen) return chosen.write(chunk);
      start = Buffer.concat([start, chunk]);
      const isStream = isStartOfEvents(start);
      if (isStream !== undefined) decide(isStream);
    },
    end: (trailers) => (chosen ?? decide(false)).end(trailers),
  };
}

function toBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
