import type { ServerResponse } from "node:http";
import type { Clock } from "@tokenflow/core";
import type { RequestEnd, RequestObserver, RequestStart } from "../request-observer.ts";
import { sessionId } from "../session-name.ts";
import type { RequestView } from "./proxy-status.ts";

/** The requests under way, and the last that ended. */
export interface LiveRequests {
  begin(start: RequestStart): RequestObserver;
  /** Those under way, and the last hundred that ended; the oldest first. */
  views(): readonly RequestView[];
  /** Those whose answer grew since this was last asked. */
  grown(): readonly RequestView[];
}

/** Something to show is different; where it has ended it will not change again. */
export type RequestListener = (view: RequestView) => void;

const ENDED_KEPT = 100;
/** A model's name comes from the caller. */
const LONGEST_MODEL = 100;

interface Entry {
  readonly start: RequestStart;
  readonly startedAt: number;
  readonly since: number;
  readonly written: number;
  phase: RequestView["phase"];
  route: string;
  session?: string;
  model?: string;
  key?: string;
  status?: number;
  firstByte?: number;
  shownBytes: number;
}

export function createLiveRequests(clock: Clock, changed: RequestListener): LiveRequests {
  const open = new Set<Entry>();
  const ended: RequestView[] = [];

  const view = (entry: Entry): RequestView => {
    const { start, startedAt, since, written, phase, route, session, model, key, status, firstByte } = entry;
    return {
      id: start.id,
      method: start.method,
      route,
      ...(session === undefined ? {} : { session }),
      ...(model === undefined ? {} : { model }),
      ...(key === undefined ? {} : { key }),
      phase,
      startedAt,
      ...(status === undefined ? {} : { status }),
      ...(firstByte === undefined ? {} : { timeToFirstByte: Math.round(firstByte) }),
      duration: Math.round(clock.elapsed() - since),
      bytes: bytesOf(start.response) - written,
    };
  };

  return {
    begin(start) {
      const entry: Entry = {
        start,
        startedAt: clock.now(),
        since: clock.elapsed(),
        written: bytesOf(start.response),
        phase: "queued",
        route: "other",
        shownBytes: 0,
      };
      open.add(entry);
      const tell = (): void => changed(view(entry));
      return {
        identified(key) {
          entry.key = key;
        },
        routed({ manager, route, model }) {
          entry.session = sessionId(manager);
          entry.route = route;
          if (model !== undefined) entry.model = model.slice(0, LONGEST_MODEL);
          tell();
        },
        admitted() {
          entry.phase = "waiting";
          tell();
        },
        received: () => undefined,
        sent: () => undefined,
        answered(status) {
          entry.phase = "answering";
          entry.status = status;
          entry.firstByte = clock.elapsed() - entry.since;
          tell();
        },
        ended(end) {
          open.delete(entry);
          const last = { ...view(entry), ...endOf(end) };
          ended.push(last);
          if (ended.length > ENDED_KEPT) ended.shift();
          changed(last);
        },
      };
    },
    views: () => [...ended, ...[...open].map(view)].sort((a, b) => a.startedAt - b.startedAt),
    grown: () =>
      [...open]
        .filter((entry) => {
          const bytes = bytesOf(entry.start.response) - entry.written;
          const grew = entry.phase === "answering" && bytes !== entry.shownBytes;
          entry.shownBytes = bytes;
          return grew;
        })
        .map(view),
  };
}

function endOf({ status, outcome, duration, bytes, code }: RequestEnd): Partial<RequestView> {
  return {
    phase: "ended",
    ...(status === undefined ? {} : { status }),
    outcome,
    duration: Math.round(duration),
    bytes,
    ...(code === undefined ? {} : { code }),
  };
}

function bytesOf({ socket }: ServerResponse): number {
  return socket?.bytesWritten ?? 0;
}
