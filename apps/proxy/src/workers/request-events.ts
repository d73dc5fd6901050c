import type { TokenManager } from "@tokenflow/core";
import { sharedNow } from "../monitor/replay-clock.ts";
import type { AnsweredCall } from "../observe/proxy-usage.ts";
import type { RequestEnd, RequestObserver, RequestStart } from "../observe/request-observer.ts";
import { sessionName } from "../routing/session-name.ts";
import type { ReplayingMonitor } from "./primary-state.ts";

/** An event of one request, at a time of the clock that all processes of this machine share. */
export type RequestEvent = readonly [request: number, at: number, ...event: EventBody];

type EventBody =
  | ["begun", id: string, method: string, path: string]
  | ["identified", key: string]
  | ["admitted"]
  | ["routed", session: number, route: string, model?: string]
  | ["received"]
  | ["sent"]
  | ["answered", status: number]
  | ["bytes", bytes: number]
  | ["ended", end: RequestEnd];

/** How often the primary learns how much of an answer was sent, in milliseconds: as often as dashboards are told. */
const BYTES_INTERVAL = 1_000;

/** Sends the events of requests to the primary, which has the one monitor. */
export interface RequestReporter {
  onRequest(start: RequestStart): RequestObserver;
}

/** @param send passes an event on */
export function createRequestReporter(
  managers: readonly TokenManager[],
  send: (event: RequestEvent) => void,
): RequestReporter {
  const open = new Map<number, { readonly bytes: () => number; told: number }>();
  let lastRequest = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const tellBytes = (): void => {
    for (const [request, state] of open) {
      const bytes = state.bytes();
      if (bytes !== state.told) send([request, sharedNow(), "bytes", bytes]);
      state.told = bytes;
    }
    if (open.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return {
    onRequest({ id, method, path, bytes }) {
      const request = (lastRequest += 1);
      const tell = (...event: EventBody): void => send([request, sharedNow(), ...event]);
      open.set(request, { bytes, told: 0 });
      timer ??= setInterval(tellBytes, BYTES_INTERVAL).unref();
      tell("begun", id, method, path);
      return {
        identified: (key) => tell("identified", key),
        admitted: () => tell("admitted"),
        routed({ manager, route, model }) {
          const session = managers.indexOf(manager);
          if (model === undefined) tell("routed", session, route);
          else tell("routed", session, route, model);
        },
        received: () => tell("received"),
        sent: () => tell("sent"),
        answered: (status) => tell("answered", status),
        ended(end) {
          open.delete(request);
          tell("ended", end);
        },
      };
    },
  };
}

/** Replays the events of one worker's requests. */
export interface RequestReplay {
  replay(event: RequestEvent): void;
  /** The worker has ended: so have its requests. */
  close(): void;
}

export interface RequestReplayOptions {
  readonly managers: readonly TokenManager[];
  readonly monitor: ReplayingMonitor;
  /** Called for a call that reached the upstream, and whose answer is lost. */
  readonly onLost: (call: AnsweredCall) => void;
}

interface OpenRequest {
  readonly observer: RequestObserver;
  readonly begunAt: number;
  bytes: number;
  key: string | undefined;
  manager: TokenManager | undefined;
  model: string | undefined;
  status: number | undefined;
  isSent: boolean;
}

export function createRequestReplay({ managers, monitor, onLost }: RequestReplayOptions): RequestReplay {
  const open = new Map<number, OpenRequest>();
  const begin = (request: number, begunAt: number, start: Omit<RequestStart, "bytes">): void => {
    const state: OpenRequest = {
      observer: monitor.onRequest({ ...start, bytes: () => state.bytes }),
      begunAt,
      bytes: 0,
      key: undefined,
      manager: undefined,
      model: undefined,
      status: undefined,
      isSent: false,
    };
    open.set(request, state);
  };
  const apply = (request: number, at: number, event: EventBody): void => {
    if (event[0] === "begun") return begin(request, at, { id: event[1], method: event[2], path: event[3] });
    const state = open.get(request);
    if (!state) return;
    const { observer } = state;
    switch (event[0]) {
      case "identified":
        state.key = event[1];
        return observer.identified(event[1]);
      case "routed": {
        const [, session, route, model] = event;
        const manager = managers[session];
        if (!manager) return;
        state.manager = manager;
        state.model = model ?? state.model;
        return observer.routed({ manager, route, ...(model === undefined ? {} : { model }) });
      }
      case "sent":
        state.isSent = true;
        return observer.sent();
      case "answered":
        state.status = event[1];
        return observer.answered(event[1], {});
      case "bytes":
        state.bytes = event[1];
        return;
      case "ended":
        open.delete(request);
        return observer.ended(event[1]);
      default:
        return observer[event[0]]();
    }
  };
  const lose = ({ observer, begunAt, bytes, key, manager, model, status, isSent }: OpenRequest): void => {
    const duration = sharedNow() - begunAt;
    observer.ended({ status, outcome: "cut", duration, bytes, code: undefined, details: {} });
    if (!isSent || !manager || (status ?? 0) >= 400) return;
    const session = sessionName(manager);
    onLost({ key, session, model, client: undefined, conversation: undefined, isComplete: false });
  };

  return {
    replay: ([request, at, ...event]) => monitor.replay(at, () => apply(request, at, event)),
    close() {
      for (const state of open.values()) lose(state);
      open.clear();
    },
  };
}
