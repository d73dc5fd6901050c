import type { MonitorEvents } from "../monitor/proxy-status.ts";
import { type Api, Unauthorized } from "./api.ts";

/** What the page does with what the proxy tells. */
export interface EventStreamListener {
  /** One event; the first after each connection is `status`. */
  onEvent<Name extends keyof MonitorEvents>(name: Name, data: MonitorEvents[Name]): void;
  /** The proxy does not answer; it is tried again by itself. */
  onDisconnect(): void;
  /** It wants a key, or another one; nothing is tried until `again()`. */
  onUnauthorized(): void;
}

export interface ReconnectingStream {
  /** Tries at once. */
  reconnect(): void;
}

const MIN_PAUSE = 500;
const MAX_PAUSE = 5_000;
/** The proxy says something every 15 s. */
const MAX_SILENCE = 40_000;

/** Listens to `/api/events` by fetch, as an `EventSource` can send no key, and comes back for ever. */
export function openEventStream(
  api: Api,
  { onEvent, onDisconnect, onUnauthorized }: EventStreamListener,
): ReconnectingStream {
  let connection: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = MIN_PAUSE;

  const read = async (mine: AbortController): Promise<void> => {
    const answer = await api.get("/api/events", mine.signal);
    if (!answer.body) return;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const silence = setTimeout(() => mine.abort(), MAX_SILENCE);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      const events = (rest + value).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) tell(event);
      pause = MIN_PAUSE;
    }
  };
  const tell = (event: string): void => {
    const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
    // The border: the page and the proxy that served it are of one version.
    if (name === undefined || data === undefined) return;
    onEvent(name as keyof MonitorEvents, JSON.parse(data) as MonitorEvents[keyof MonitorEvents]);
  };
  const connect = async (): Promise<void> => {
    clearTimeout(timer);
    connection?.abort();
    const mine = new AbortController();
    connection = mine;
    const problem = await read(mine).catch((error: unknown) => error);
    if (connection !== mine) return;
    if (problem instanceof Unauthorized) return onUnauthorized();
    onDisconnect();
    timer = setTimeout(() => void connect(), pause);
    pause = Math.min(pause * 2, MAX_PAUSE);
  };

  void connect();
  return {
    reconnect() {
      pause = MIN_PAUSE;
      void connect();
    },
  };
}
