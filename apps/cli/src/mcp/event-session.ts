import type { McpProvider } from "@tokenflow/mcp/client";
import { readEvents } from "./event-stream.ts";
import {
  CODE,
  errorText,
  type Id,
  isRequest,
  type Message,
  notificationText,
  readMessage,
} from "./messages.ts";
import { bodyOf, lost, readText, said } from "./relay.ts";
import type { SendToServer, Sent } from "./server.ts";

export interface EventSessionOptions {
  readonly provider: McpProvider;
  readonly send: SendToServer;
  readonly signal: AbortSignal;
  /** Writes one line to the client. */
  readonly write: (line: string) => void;
}

/** A session of a server of 2024-11-05. */
export interface EventSession {
  /** Sends a message, and resolves when a request was answered. */
  forward(message: Message): Promise<Sent["status"]>;
  /** Begins the server's session as the client began its own. The client hears nothing of it. */
  initializeAgain(beginning: Message): Promise<Sent["status"]>;
  end(): void;
  /** Opens the server's stream. Returns `"answered"` once the server has named the address for messages. */
  connect(): Promise<Sent["status"]>;
}

interface Stream {
  /** The address for the client's messages. */
  readonly endpoint: string;
  readonly abort: AbortController;
}

/** How long a server may take to name the address for messages. */
const ENDPOINT_TIMEOUT = 10_000;
/** The statuses by which a server says that it does not know a session. */
const FORGOTTEN: ReadonlySet<number> = new Set([404, 410]);

/**
 * Creates a session by the transport of 2024-11-05, HTTP with SSE: one stream has all messages of the server, and its
 * first event names the address for those of the client. If the stream breaks, what waits for an answer ends in an
 * error, and the next message opens another one.
 */
export function createEventSession({ provider, send, signal, write }: EventSessionOptions): EventSession {
  const { name, url } = provider;
  /** Requests without an answer yet, and how to say that it came. */
  const waiting = new Map<Id, () => void>();
  let stream: Stream | undefined;
  /** The opening of a stream, for all messages that come meanwhile. */
  let opening: Promise<Sent["status"]> | undefined;
  /** The client's own `initialize`, to begin again after a stream that broke. */
  let beginning: Message | undefined;
  /** Takes the answer to an `initialize` that the client did not send. */
  let takeGreeting: ((message: Message) => void) | undefined;

  const deliver = (message: Message): void => {
    const isAnswer = message.method === undefined && message.id !== undefined;
    if (isAnswer && takeGreeting && message.id === beginning?.id) return takeGreeting(message);
    write(message.text);
    if (isAnswer && message.id !== undefined) settle(message.id);
  };
  const settle = (id: Id): void => {
    waiting.get(id)?.();
    waiting.delete(id);
  };
  /** Ends a request that waits. One that was answered meanwhile stays so. */
  const fail = (id: Id, why: string): void => {
    if (!waiting.has(id)) return;
    write(errorText(id, CODE.failed, why));
    settle(id);
  };

  /** Reads the stream to its end. */
  const listen = async (
    body: ReadableStream<Uint8Array>,
    onEndpoint: (address: string) => void,
  ): Promise<void> => {
    for await (const { event, data } of readEvents(body)) {
      if (event === "endpoint") onEndpoint(data);
      else if (event === undefined || event === "message") {
        const message = readMessage(data);
        if (message) deliver(message);
      }
    }
  };

  /** Ends the stream, and with it what waits for an answer from it. */
  const close = (): void => {
    stream?.abort.abort();
    stream = undefined;
    for (const id of [...waiting.keys()]) fail(id, lost(name));
  };

  const connect = async (): Promise<Sent["status"]> => {
    if (stream) return "answered";
    const abort = new AbortController();
    const sent = await send({
      method: "GET",
      headers: { accept: "text/event-stream" },
      signal: AbortSignal.any([signal, abort.signal]),
    });
    const body = bodyOf(sent);
    if (!body) return sent.status === "answered" ? "failed" : sent.status;
    const named = Promise.withResolvers<string | undefined>();
    const timer = setTimeout(() => named.resolve(undefined), ENDPOINT_TIMEOUT);
    const onEnd = (): void => {
      named.resolve(undefined);
      if (stream?.abort === abort) close();
    };
    listen(body, named.resolve).then(onEnd, onEnd);
    const endpoint = addressOf(await named.promise, url);
    clearTimeout(timer);
    if (endpoint === undefined) {
      abort.abort();
      return "failed";
    }
    stream = { endpoint, abort };
    return "answered";
  };

  const post = (message: Pick<Message, "text">, { endpoint }: Stream): Promise<Sent> =>
    send({
      method: "POST",
      url: endpoint,
      headers: { "content-type": "application/json" },
      body: message.text,
      signal,
    });

  const initializeAgain = async (own: Message): Promise<Sent["status"]> => {
    beginning = own;
    close();
    const connected = await connect();
    if (connected !== "answered" || !stream) return connected;
    const greeted = Promise.withResolvers<boolean>();
    takeGreeting = ({ result }) => greeted.resolve(result !== undefined);
    const timer = setTimeout(() => greeted.resolve(false), ENDPOINT_TIMEOUT);
    try {
      const sent = await post(own, stream);
      await dropBody(sent);
      if (sent.status !== "answered") return sent.status;
      if (!sent.response.ok || !(await greeted.promise)) return "failed";
      const told = await post({ text: notificationText("notifications/initialized") }, stream);
      await dropBody(told);
      return told.status;
    } finally {
      clearTimeout(timer);
      takeGreeting = undefined;
    }
  };

  /** Sends a message, and waits for the answer of a request. */
  const forwardOnce = async (message: Message, to: Stream): Promise<Sent["status"] | "forgotten"> => {
    const answered = Promise.withResolvers<void>();
    const id = isRequest(message) ? message.id : undefined;
    if (id !== undefined) waiting.set(id, answered.resolve);
    const sent = await post(message, to);
    if (sent.status === "answered" && sent.response.ok) {
      await dropBody(sent);
      if (id !== undefined) await answered.promise;
      return "answered";
    }
    if (sent.status === "answered" && FORGOTTEN.has(sent.response.status)) {
      await dropBody(sent);
      if (id !== undefined) waiting.delete(id);
      return "forgotten";
    }
    if (sent.status === "sign_in") {
      if (id !== undefined) waiting.delete(id);
      return sent.status;
    }
    const why =
      sent.status === "failed"
        ? sent.message
        : `${name} answered ${sent.response.status}${said(await readText(sent.response).catch(() => ""))}`;
    if (id !== undefined) fail(id, why);
    return "failed";
  };

  const refuse = (message: Message, why: string): "failed" => {
    if (isRequest(message)) write(errorText(message.id, CODE.failed, why));
    return "failed";
  };

  return {
    connect,
    initializeAgain,
    async forward(message) {
      if (message.method === "initialize") beginning = message;
      for (let isRetry = false; ; isRetry = true) {
        if (!stream || isRetry) {
          // The first message of the client begins the session by itself.
          if (isRetry) close();
          const again = message.method === "initialize" ? undefined : beginning;
          opening ??= (again ? initializeAgain(again) : connect()).finally(() => (opening = undefined));
          const status = await opening;
          if (status === "sign_in") return status;
          if (!stream) return refuse(message, `${name} cannot be reached any more`);
        }
        const status = await forwardOnce(message, stream);
        // The server need not answer what was cancelled.
        const { requestId } = message.method === "notifications/cancelled" ? message.params : {};
        if (typeof requestId === "string" || typeof requestId === "number") settle(requestId);
        if (status !== "forgotten") return status;
        if (isRetry) return refuse(message, `${name} no longer knows this session`);
      }
    },
    end() {
      waiting.clear();
      close();
    },
  };
}

/** Returns the address for messages. It is `undefined` if it is at another server, which gets no token. */
function addressOf(endpoint: string | undefined, url: string): string | undefined {
  const address = endpoint === undefined ? null : URL.parse(endpoint, url);
  return address?.origin === new URL(url).origin ? address.href : undefined;
}

async function dropBody(sent: Sent): Promise<void> {
  if (sent.status === "answered") await sent.response.body?.cancel().catch(() => undefined);
}
