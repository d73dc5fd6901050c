import type { Clock } from "@tokenflow/core";
import type { RequestEnd, RequestStart } from "../observe/request-observer.ts";
import type { RequestView } from "./proxy-status.ts";

/** The state of one request; turned into a {@link RequestView} only on demand. */
export interface LiveRequest {
  readonly id: string;
  readonly method: string;
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  /** The same by the monotonic clock. */
  readonly monotonicStart: number;
  /** Replaced at the end, so that it no longer references the connection. */
  bytes: RequestStart["bytes"];
  phase: RequestView["phase"];
  route: string;
  session: string | undefined;
  model: string | undefined;
  key: string | undefined;
  status: number | undefined;
  /** From `monotonicStart` on, in milliseconds. */
  firstByte: number | undefined;
  end: RequestEnd | undefined;
  lastSeenBytes: number;
}

/** The current requests, and the last ones that ended. */
export interface LiveRequests {
  begin(start: RequestStart): LiveRequest;
  end(request: LiveRequest, end: RequestEnd): void;
  view(request: LiveRequest): RequestView;
  /** The current requests and the last 100 that ended, oldest first. */
  views(): readonly RequestView[];
  /** The requests whose response grew since the last call. */
  grown(): readonly RequestView[];
  /** The number of responses that upstreams are sending now. */
  readonly openStreams: number;
}

const MAX_ENDED = 100;
const noBytes = (): number => 0;

export function createLiveRequests(clock: Clock): LiveRequests {
  const open = new Set<LiveRequest>();
  /** A ring buffer: the next request replaces the oldest. */
  const ended: LiveRequest[] = [];
  let next = 0;

  const view = (request: LiveRequest): RequestView => {
    const { id, method, route, session, model, key, phase, startedAt, monotonicStart, firstByte, end } =
      request;
    const { status = request.status, outcome, code, details } = end ?? {};
    return {
      id,
      method,
      route,
      ...(session === undefined ? {} : { session }),
      ...(model === undefined ? {} : { model }),
      ...(key === undefined ? {} : { key }),
      phase,
      startedAt,
      ...(status === undefined ? {} : { status }),
      ...(firstByte === undefined ? {} : { timeToFirstByte: Math.round(firstByte) }),
      duration: Math.round(end?.duration ?? clock.monotonicNow() - monotonicStart),
      bytes: end?.bytes ?? request.bytes(),
      ...(outcome === undefined ? {} : { outcome }),
      ...(code === undefined ? {} : { code }),
      ...(details === undefined ? {} : { details }),
    };
  };

  return {
    begin({ id, method, bytes }) {
      const request: LiveRequest = {
        id,
        method,
        startedAt: clock.now(),
        monotonicStart: clock.monotonicNow(),
        bytes,
        phase: "queued",
        route: "other",
        session: undefined,
        model: undefined,
        key: undefined,
        status: undefined,
        firstByte: undefined,
        end: undefined,
        lastSeenBytes: 0,
      };
      open.add(request);
      return request;
    },
    end(request, end) {
      open.delete(request);
      request.phase = "ended";
      request.end = end;
      request.bytes = noBytes;
      ended[next] = request;
      next = (next + 1) % MAX_ENDED;
    },
    view,
    views: () => [...ended, ...open].map(view).sort((a, b) => a.startedAt - b.startedAt),
    grown: () =>
      [...open]
        .filter((request) => {
          const bytes = request.bytes();
          const grew = request.phase === "answering" && bytes !== request.lastSeenBytes;
          request.lastSeenBytes = bytes;
          return grew;
        })
        .map(view),
    get openStreams() {
      return [...open].filter(({ phase }) => phase === "answering").length;
    },
  };
}
