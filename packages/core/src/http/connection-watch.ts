/** The platform's report about the connections of one request. */
export interface ConnectionFacts {
  /**
   * True if the request certainly never left this machine, false if it certainly did. Absent if nobody watched it: a
   * `fetch` of another make, or another platform.
   */
  readonly neverSent?: boolean | undefined;
  /** The network's proxy that took part. @example "proxy.example.com:3128" */
  readonly proxy?: string | undefined;
  /** The way through that proxy. */
  readonly tunnel?: Tunnel | undefined;
  /** The validity of the server's certificate, if that is what was refused. */
  readonly validity?: CertificateValidity | undefined;
}

/** A request for a tunnel, as it was sent to a network's proxy. It may hold a password, so it is never shown. */
export interface Tunnel {
  readonly proxy: URL;
  /** The first line and the headers. */
  readonly head: string;
}

/** The time in which a certificate is valid, in the words of Node. */
export interface CertificateValidity {
  readonly valid_from: string;
  readonly valid_to: string;
}

export interface ConnectionWatch {
  /** Sends the request. Only what is sent from here counts as sent by this watch. */
  run<T>(send: () => T): T;
  /** @param error the failure, or `undefined` if nothing came back in time */
  facts(error: unknown): ConnectionFacts;
  stop(): void;
}

/** A request of undici, and the watch that it was sent for. */
const watchOf = new WeakMap<object, object>();
let sender: Context | undefined;

/**
 * Watches how the platform connects for one request. In Node, every version of undici publishes it: an error that it
 * published while connecting is that of a request which was never sent, even if its code is that of a broken
 * connection. Others may connect to the same host meanwhile, and a `fetch` may try again or follow a redirect. So each
 * request of undici is told by the asynchronous context that it was made in, and after one that was sent nothing else
 * proves that the grant is unused. Elsewhere there is nothing to watch, and the facts are empty.
 */
export function watchConnections({ origin, host, hostname, port, pathname, search }: URL): ConnectionWatch {
  const channels = builtin("node:diagnostics_channel") as Channels | undefined;
  sender ??= createContext();
  const watch = {};
  /** The errors of connections that did not come about, and the host that each went to. */
  const failed = new Map<unknown, string>();
  const tunnelTarget = `${hostname}:${port || 443}`;
  let isMade = false;
  let began = false;
  let isConnected = false;
  let isSent = false;
  let tunnel: Tunnel | undefined;

  const isThis = (request: Message["request"]): boolean =>
    request?.origin === origin && request.path === pathname + search;
  const listeners: Readonly<Record<string, (message: Message) => void>> = {
    "undici:request:create": ({ request }) => {
      if (!request || request.method === "CONNECT" || sender?.getStore() !== watch) return;
      watchOf.set(request, watch);
      isMade ||= isThis(request);
    },
    "undici:client:beforeConnect": ({ connectParams }) => {
      began ||= connectParams?.host === host && sender?.getStore() === watch;
    },
    "undici:client:connected": ({ connectParams }) => {
      isConnected ||= connectParams?.host === host;
    },
    "undici:client:connectError": ({ connectParams, error }) => {
      // Through a proxy the same error is published once more, for the address behind it.
      if (!failed.has(error)) failed.set(error, connectParams?.host ?? host);
    },
    "undici:client:sendHeaders": ({ request, headers }) => {
      if (!request) return;
      if (request.method === "CONNECT" && request.path === tunnelTarget) tunnel = tunnelOf(request, headers);
      // A `fetch` that queues its requests may make this one in a context that is nobody's.
      isSent ||= (watchOf.get(request) ?? (isThis(request) ? watch : undefined)) === watch;
    },
  };
  for (const [name, listener] of Object.entries(listeners)) channels?.subscribe(name, listener);

  return {
    run: (send) => (sender ? sender.run(watch, send) : send()),
    facts(error) {
      const cause = causesOf(error).find((one) => failed.has(one));
      const hasFailed = cause !== undefined;
      const silent = hasFailed && failed.get(cause) !== host ? failed.get(cause) : undefined;
      const isTunnelled = hasFailed || !isConnected;
      const isStuck = error === undefined && began && !isConnected;
      return {
        neverSent: isSent ? false : (isMade && (hasFailed || isStuck)) || undefined,
        proxy: silent ?? (isTunnelled ? tunnel?.proxy.host : undefined),
        tunnel: isTunnelled ? tunnel : undefined,
      };
    },
    stop() {
      for (const [name, listener] of Object.entries(listeners)) channels?.unsubscribe(name, listener);
    },
  };
}

/** Returns an error and its causes, the outermost first. */
export function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 5; cause = cause.cause) {
    causes.push(cause);
  }
  return causes;
}

/** The parts of undici's and Node's messages that are read here. */
interface Message {
  readonly connectParams?: { readonly host?: string };
  readonly error?: unknown;
  /** The lines of the head; not text in HTTP/2. */
  readonly headers?: unknown;
  readonly request?: { readonly method?: string; readonly path?: string; readonly origin?: string | URL };
}

interface Channels {
  subscribe(name: string, listener: (message: Message) => void): void;
  unsubscribe(name: string, listener: (message: Message) => void): void;
}

/** The part of `AsyncLocalStorage` that is used here. */
interface Context {
  run<T>(store: object, work: () => T): T;
  getStore(): object | undefined;
}

function createContext(): Context | undefined {
  const hooks = builtin("node:async_hooks") as { readonly AsyncLocalStorage?: new () => Context } | undefined;
  return hooks?.AsyncLocalStorage && new hooks.AsyncLocalStorage();
}

function tunnelOf(
  { origin }: NonNullable<Message["request"]>,
  headers: Message["headers"],
): Tunnel | undefined {
  const proxy = URL.parse(String(origin));
  return proxy ? { proxy, head: typeof headers === "string" ? headers : "" } : undefined;
}

/** Loads a module of Node where there is one. Core imports none, since it runs elsewhere too. */
export function builtin(name: string): unknown {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.(name);
}
