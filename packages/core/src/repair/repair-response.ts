import type { AnswerRepair } from "../contracts/upstream.ts";
import {
  concat,
  createEventStreamRepair,
  isStartOfEvents,
  MAX_REPAIRED_BODY,
  repairBody,
} from "./repair-bytes.ts";

/** Headers that describe the bytes before the repair. `fetch` has decompressed them already. */
const OF_THE_BYTES = ["content-encoding", "content-length", "etag"];

type Controller = TransformStreamDefaultController<Uint8Array>;

/** The steps of a transform stream. */
interface Repairer {
  transform(chunk: Uint8Array, controller: Controller): void;
  flush(controller: Controller): void;
}

/** Returns the response with a repaired body, or the same response if there is nothing to repair. */
export function repairResponse(response: Response, repair: AnswerRepair | undefined): Response {
  const transformer = response.body && repair ? transformerOf(response, repair) : undefined;
  if (!response.body || !transformer) return response;
  const { status, statusText, url } = response;
  const headers = new Headers(response.headers);
  for (const name of OF_THE_BYTES) headers.delete(name);
  if (repair?.contentType !== undefined && !isEventStream(headers))
    headers.set("content-type", repair.contentType);
  const body = response.body.pipeThrough(new TransformStream(transformer));
  return Object.defineProperty(new Response(body, { status, statusText, headers }), "url", { value: url });
}

function transformerOf(
  { headers }: Response,
  { event, isDone, only, end, body }: AnswerRepair,
): Repairer | undefined {
  const events = event && (() => transformEvents(createEventStreamRepair(event, { isDone, only, end })));
  if (isEventStream(headers)) return events?.();
  if (!body) return undefined;
  return events
    ? transformByStart((isEvents) => (isEvents ? events() : transformBody(body)))
    : transformBody(body);
}

/** Returns true for the type of a stream of server-sent events. */
export function isEventStream(headers: Headers): boolean {
  // A header that came twice is a list of both.
  return /^text\/event-stream\s*(?:[;,]|$)/i.test(headers.get("content-type") ?? "");
}

function transformEvents(repair: ReturnType<typeof createEventStreamRepair>): Repairer {
  const send = (bytes: Uint8Array, controller: Controller): void => {
    if (bytes.length > 0) controller.enqueue(bytes);
  };
  return {
    transform: (chunk, controller) => send(repair.write(chunk), controller),
    flush: (controller) => send(repair.end(), controller),
  };
}

/** Decides by its first bytes how a body is repaired: some services send events under another type, or under none. */
function transformByStart(choose: (isEvents: boolean) => Repairer): Repairer {
  let start: Uint8Array = new Uint8Array(0);
  let chosen: Repairer | undefined;
  const decide = (isEvents: boolean, controller: Controller): Repairer => {
    chosen = choose(isEvents);
    if (start.length > 0) chosen.transform(start, controller);
    return chosen;
  };
  return {
    transform(chunk, controller) {
      if (chosen) return chosen.transform(chunk, controller);
      start = concat([start, chunk], start.length + chunk.length);
      const isEvents = isStartOfEvents(start);
      if (isEvents !== undefined) decide(isEvents, controller);
    },
    flush: (controller) => (chosen ?? decide(false, controller)).flush(controller),
  };
}

function transformBody(repair: (text: string) => string): Repairer {
  const parts: Uint8Array[] = [];
  let size = 0;
  return {
    transform(chunk) {
      parts.push(chunk);
      size += chunk.length;
      if (size > MAX_REPAIRED_BODY)
        throw new TypeError(`The answer is longer than ${MAX_REPAIRED_BODY} bytes`);
    },
    flush(controller) {
      if (size > 0) controller.enqueue(repairBody(concat(parts, size), repair));
    },
  };
}
