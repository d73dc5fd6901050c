import { createEventSession } from "./event-session.ts";
import {
  CODE,
  errorText,
  type Id,
  isRequest,
  type Message,
  notificationText,
  objectOf,
  ownRevision,
} from "./messages.ts";
import { type RelayContext, relayResponse, relayServerStream } from "./relay.ts";
import { createServer, type Sent, type ServerOptions } from "./server.ts";

export interface ServerSessionOptions extends ServerOptions {
  readonly signal: AbortSignal;
  /** Writes one line to the client. */
  readonly write: (line: string) => void;
}

/** The server's side of a bridge: its session, its revision, and the streams that are open. */
export interface ServerSession {
  /** Sends a message on, and passes on everything that it brings. */
  forward(message: Message): Promise<Sent["status"]>;
  /** Begins the server's session as the client began its own. The client hears nothing of it. */
  initializeAgain(): Promise<Sent["status"]>;
  end(): Promise<void>;
}

/** The parameter that `Mcp-Name` repeats, by method (revision 2026-07-28). */
const NAME_OF: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};
const GOODBYE = 1_000;
/** The answers of a server of 2024-11-05 to a message at an address that has only its stream. */
const OTHER_TRANSPORT: ReadonlySet<number> = new Set([400, 404, 405]);

export function createServerSession(options: ServerSessionOptions): ServerSession {
  const { provider, signal, write } = options;
  const send = createServer(options);
  /** The same by the transport of 2024-11-05, used instead once the server turned out to have that one. */
  const events = createEventSession({ ...options, send });
  let isByEvents = false;
  let sessionId: string | undefined;
  let revision: string | undefined;
  /** The client's own `initialize`, to begin again if the server forgets the session. */
  let beginning: Message | undefined;
  let serverStream: AbortController | undefined;
  /** Requests that are under way, for a client that cancels one. */
  const running = new Map<Id, AbortController>();

  const headers = (): Readonly<Record<string, string>> => ({
    ...(sessionId === undefined ? {} : { "mcp-session-id": sessionId }),
    ...(revision === undefined ? {} : { "mcp-protocol-version": revision }),
  });

  const deliver = (message: Message): void => {
    if (beginning && message.id === beginning.id && message.result !== undefined) readGreeting(message);
    write(message.text);
  };
  const readGreeting = ({ result }: Message): void => {
    const { protocolVersion } = objectOf(result);
    if (typeof protocolVersion === "string") revision = protocolVersion;
  };
  const context: RelayContext = { send, headers, name: provider.name, deliver, write };

  const post = (message: Message, aborts: AbortSignal): Promise<Sent> =>
    send({
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...(message.method === "initialize" ? {} : headers()),
        ...ownHeaders(message),
      },
      body: message.text,
      signal: aborts,
    });

  const listen = (): void => {
    serverStream?.abort();
    serverStream = new AbortController();
    const aborts = AbortSignal.any([signal, serverStream.signal]);
    relayServerStream(context, aborts).catch(() => undefined);
  };

  /** Looks for the older transport after a refusal of `initialize`. */
  const connectByEvents = async ({ status, body }: Response): Promise<Sent["status"]> => {
    if (!OTHER_TRANSPORT.has(status)) return "failed";
    const connected = await events.connect();
    isByEvents = connected === "answered";
    if (connected !== "failed") await body?.cancel().catch(() => undefined);
    return connected;
  };

  const initializeAgain = async (): Promise<Sent["status"]> => {
    if (!beginning) return "failed";
    if (isByEvents) return events.initializeAgain(beginning);
    sessionId = undefined;
    const sent = await post(beginning, signal);
    if (sent.status !== "answered") return sent.status;
    if (!sent.response.ok) {
      const connected = await connectByEvents(sent.response);
      return connected === "answered" ? events.initializeAgain(beginning) : connected;
    }
    sessionId = sent.response.headers.get("mcp-session-id") ?? undefined;
    let isDone = false;
    const silent: RelayContext = {
      ...context,
      write: () => undefined,
      deliver(message) {
        if (message.id !== beginning?.id || message.result === undefined) return;
        readGreeting(message);
        isDone = true;
      },
    };
    await relayResponse(sent.response, beginning.id, silent, signal);
    if (!isDone) return "failed";
    const text = notificationText("notifications/initialized");
    const told = await post({ text, method: "notifications/initialized", params: {} }, signal);
    if (told.status === "answered") await told.response.body?.cancel().catch(() => undefined);
    listen();
    return "answered";
  };

  const forwardOnce = async (
    message: Message,
    aborts: AbortSignal,
  ): Promise<Sent["status"] | "forgotten"> => {
    const sent = await post(message, aborts);
    if (sent.status === "failed" && isRequest(message)) {
      write(errorText(message.id, CODE.failed, sent.message));
    }
    if (sent.status !== "answered") return sent.status;
    const { response } = sent;
    // The server refused it unread, because it does not know the session (any more).
    if (response.status === 404 && sessionId !== undefined && message.method !== "initialize") {
      await response.body?.cancel().catch(() => undefined);
      return "forgotten";
    }
    if (message.method === "initialize" && !response.ok) {
      const connected = await connectByEvents(response);
      if (connected === "answered") return events.forward(message);
      if (connected === "sign_in") return connected;
    }
    if (message.method === "initialize" && response.ok) {
      sessionId = response.headers.get("mcp-session-id") ?? undefined;
    }
    await relayResponse(response, isRequest(message) ? message.id : undefined, context, aborts);
    if (message.method === "notifications/initialized" && response.ok) listen();
    return "answered";
  };

  return {
    initializeAgain,
    async forward(message) {
      const { id, method } = message;
      if (method === "initialize") beginning = message;
      if (isByEvents) return events.forward(message);
      const cancelled = method === "notifications/cancelled" ? message.params["requestId"] : undefined;
      const target =
        typeof cancelled === "string" || typeof cancelled === "number" ? running.get(cancelled) : undefined;
      // From 2026-07-28 on the end of the stream is the cancellation.
      if (target && ownRevision(message) !== undefined) {
        target.abort();
        return "answered";
      }
      const abort = new AbortController();
      if (isRequest(message)) running.set(message.id, abort);
      const aborts = AbortSignal.any([signal, abort.signal]);
      try {
        const status = await forwardOnce(message, aborts);
        if (status !== "forgotten") return status;
        const again = await initializeAgain();
        if (again === "answered") {
          const second = await forwardOnce(message, aborts);
          if (second !== "forgotten") return second;
        } else if (again === "sign_in") return again;
        if (isRequest(message)) {
          write(errorText(message.id, CODE.failed, `${provider.name} no longer knows this session`));
        }
        return "failed";
      } finally {
        if (id !== undefined && running.get(id) === abort) running.delete(id);
      }
    },
    async end() {
      events.end();
      serverStream?.abort();
      for (const abort of running.values()) abort.abort();
      if (sessionId === undefined) return;
      const sent = await send({
        method: "DELETE",
        headers: headers(),
        signal: AbortSignal.timeout(GOODBYE),
      }).catch(() => undefined);
      if (sent?.status === "answered") await sent.response.body?.cancel().catch(() => undefined);
    },
  };
}

/** The headers that repeat parts of a request of 2026-07-28. */
function ownHeaders(message: Message): Readonly<Record<string, string>> {
  const own = ownRevision(message);
  if (own === undefined || message.method === undefined || !isRequest(message)) return {};
  const field = NAME_OF[message.method];
  const value = field === undefined ? undefined : message.params[field];
  return {
    "mcp-protocol-version": own,
    "mcp-method": message.method,
    ...(typeof value === "string" ? { "mcp-name": headerValue(value) } : {}),
  };
}

/** Wraps what a header cannot hold as it is, in the way of that revision. */
function headerValue(value: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith("=?base64?");
  return isPlain ? value : `=?base64?${Buffer.from(value).toString("base64")}?=`;
}
