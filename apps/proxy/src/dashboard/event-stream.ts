import type { MonitorEvents } from "../monitor/proxy-status.ts";
import { type Api, Unauthorized } from "./api.ts";

/** Receives the events of the proxy. */
export interface EventStreamListener {
  /** Called for each event. The first event of a connection is `status`. */
  onEvent<Name extends keyof MonitorEvents>(name: Name, data: MonitorEvents[Name]): void;
  /** Called when the connection failed. The stream reconnects by itself. */
  onDisconnect(): void;
  /** Called when the proxy requires a key, or another one. The stream waits for `reconnect()`. */
  onUnauthorized(): void;
}

export interface ReconnectingStream {
  /** Connects immediately. */
  reconnect(): void;
}

const MIN_RETRY_DELAY = 500;
const MAX_RETRY_DELAY = 5_000;
/** The proxy sends at least a comment every 15 s. */
const SILENCE_TIMEOUT = 40_000;

/** Reads `/api/events` with `fetch`, since an `EventSource` cannot send a key. Reconnects without end. */
export function openEventStream(
  api: Api,
  { onEvent, onDisconnect, onUnauthorized }: EventStreamListener,
): ReconnectingStream {
  let connection: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retryDelay = MIN_RETRY_DELAY;

  const read = async (own: AbortController): Promise<void> => {
    const response = await api.get("/api/events", own.signal);
    if (!response.body) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const timer = setTimeout(() => own.abort(), SILENCE_TIMEOUT);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return;
      const events = (rest + value).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) dispatch(event);
      retryDelay = MIN_RETRY_DELAY;
    }
  };
  const dispatch = (event: string): void => {
    const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
    // No check of the data: the page and the proxy that served it have the same version.
    if (name === undefined || data === undefined) return;
    onEvent(name as keyof MonitorEvents, JSON.parse(data) as MonitorEvents[keyof MonitorEvents]);
  };
  const connect = async (): Promise<void> => {
    clearTimeout(timer);
    connection?.abort();
    const own = new AbortController();
    connection = own;
    const error = await read(own).catch((reason: unknown) => reason);
    if (connection !== own) return;
    if (error instanceof Unauthorized) return onUnauthorized();
    onDisconnect();
    timer = setTimeout(() => void connect(), retryDelay);
    retryDelay = Math.min(retryDelay * 2, MAX_RETRY_DELAY);
  };

  void connect();
  return {
    reconnect() {
      retryDelay = MIN_RETRY_DELAY;
      void connect();
    },
  };
}
