/** The platform's report about the connections of one request. */
export interface ConnectionFacts {
  /** True if the request certainly never left this machine. */
  readonly neverSent?: boolean | undefined;
  /** The network's proxy that took part. @example "proxy.example.com:3128" */
  readonly proxy?: string | undefined;
  /** The validity of the server's certificate, if that is what was refused. */
  readonly validity?: CertificateValidity | undefined;
}

/** The time in which a certificate is valid, in the words of Node. */
export interface CertificateValidity {
  readonly valid_from: string;
  readonly valid_to: string;
}

export interface ConnectionWatch {
  /** @param error the failure, or `undefined` if nothing came back in time */
  facts(error: unknown): ConnectionFacts;
  stop(): void;
}

/**
 * Watches how the platform connects for one request. In Node, every version of undici publishes it: an error that it
 * published while connecting is that of a request which was never sent, even if its code is that of a broken
 * connection. Elsewhere there is nothing to watch, and the facts are empty.
 */
export function watchConnections({ origin, host, hostname, port, pathname, search }: URL): ConnectionWatch {
  const channels = builtin("node:diagnostics_channel") as Channels | undefined;
  /** The errors of connections that did not come about, and the host that each went to. */
  const failed = new Map<unknown, string>();
  const tunnelTarget = `${hostname}:${port || 443}`;
  let began = false;
  let isConnected = false;
  let isSent = false;
  let tunnel: string | undefined;

  const listeners: Readonly<Record<string, (message: Message) => void>> = {
    "undici:client:beforeConnect": ({ connectParams }) => {
      began ||= connectParams?.host === host;
    },
    "undici:client:connected": ({ connectParams }) => {
      isConnected ||= connectParams?.host === host;
    },
    "undici:client:connectError": ({ connectParams, error }) => {
      // Through a proxy the same error is published once more, for the address behind it.
      if (!failed.has(error)) failed.set(error, connectParams?.host ?? host);
    },
    "undici:client:sendHeaders": ({ request }) => {
      if (request?.method === "CONNECT" && request.path === tunnelTarget) tunnel = hostOf(request.origin);
      isSent ||= request?.origin === origin && request.path === pathname + search;
    },
  };
  for (const [name, listener] of Object.entries(listeners)) channels?.subscribe(name, listener);

  return {
    facts(error) {
      const cause = causesOf(error).find((one) => failed.has(one));
      const hasFailed = cause !== undefined;
      const silent = hasFailed && failed.get(cause) !== host ? failed.get(cause) : undefined;
      return {
        neverSent: hasFailed || (error === undefined && began && !isConnected && !isSent),
        proxy: silent ?? (hasFailed || !isConnected ? tunnel : undefined),
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
  readonly request?: { readonly method?: string; readonly path?: string; readonly origin?: string | URL };
}

interface Channels {
  subscribe(name: string, listener: (message: Message) => void): void;
  unsubscribe(name: string, listener: (message: Message) => void): void;
}

function hostOf(origin: string | URL | undefined): string | undefined {
  return URL.parse(String(origin))?.host;
}

/** Loads a module of Node where there is one. Core imports none, since it runs elsewhere too. */
export function builtin(name: string): unknown {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.(name);
}
