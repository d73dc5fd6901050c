import type { Clock } from "@tokenflow/core";
import type { RequestEnd, RequestStart } from "../observe/request-observer.ts";
import type { RequestView } from "./proxy-status.ts";

/** What is known of one request; told as a {@link RequestView} only when somebody asks. */
export interface LiveRequest {
  readonly id: string;
  readonly method: string;
  /** In milliseconds since 1970, and of the monotonic clock. */
  readonly startedAt: number;
  readonly since: number;
  /** Lets go of the connection when it is over. */
  bytes: RequestStart["bytes"];
  phase: RequestView["phase"];
  route: string;
  session: string | undefined;
  model: string | undefined;
  key: string | undefined;
  status: number | undefined;
  /** From `since` on, in milliseconds. */
  firstByte: number | undefined;
  end: RequestEnd | undefined;
  shownBytes: number;
}

/** The requests under way, and the last that ended. */
export interface LiveRequests {
  begin(start: RequestStart): LiveRequest;
  end(request: LiveRequest, end: RequestEnd): void;
  view(request: LiveRequest): RequestView;
  /** Those under way, and the last hundred that ended; the oldest first. */
  views(): readonly RequestView[];
  /** Those whose answer grew since this was last asked. */
  grown(): readonly RequestView[];
  /** How many the upstreams are answering now. */
  readonly answering: number;
}

const ENDED_KEPT = 100;
const noBytes = (): number => 0;

export function createLiveRequests(clock: Clock): LiveRequests {
  const open = new Set<LiveRequest>();
  /** A ring: the next one takes the place of the oldest. */
  const ended: LiveRequest[] = [];
  let next = 0;

  const view = (request: LiveRequest): RequestView => {
    const { id, method, route, session, model, key, phase, startedAt, since, firstByte, end } = request;
    const { status = request.status, outcome, code } = end ?? {};
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
      duration: Math.round(end?.duration ?? clock.monotonicNow() - since),
      bytes: end?.bytes ?? request.bytes(),
      ...(outcome === undefined ? {} : { outcome }),
      ...(code === undefined ? {} : { code }),
    };
  };

  return {
    begin({ id, method, bytes }) {
      const request: LiveRequest = {
        id,
        method,
        startedAt: clock.now(),
        since: clock.monotonicNow(),
        bytes,
        phase: "queued",
        route: "other",
        session: undefined,
        model: undefined,
        key: undefined,
        status: undefined,
        firstByte: undefined,
        end: undefined,
        shownBytes: 0,
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
      next = (next + 1) % ENDED_KEPT;
    },
    view,
    views: () => [...ended, ...open].map(view).sort((a, b) => a.startedAt - b.startedAt),
    grown: () =>
      [...open]
        .filter((request) => {
          const bytes = request.bytes();
          const grew = request.phase === "answering" && bytes !== request.shownBytes;
          request.shownBytes = bytes;
          return grew;
        })
        .map(view),
    get answering() {
      return [...open].filter(({ phase }) => phase === "answering").length;
    },
  };
}
