import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { TokenFlowError } from "@tokenflow/core";
import { isLoopback, systemCode } from "@tokenflow/core/provider";

/** A loopback address that hears the browser. */
export interface Listener extends AsyncDisposable {
  readonly redirectUri: string;
  /**
   * Resolves with the first request that `read` accepts, once its page was sent. Every other one gets 404, and the wait
   * continues.
   */
  hear(read: (request: IncomingMessage) => URLSearchParams | undefined): Promise<URLSearchParams>;
}

const PATH = "/callback";

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "content-type": "text/html; charset=utf-8",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  connection: "close",
};

/** Fixed text: nothing of a request is in a page. */
const DONE = page(
  "You can close this window",
  "The program has the answer, and tells you if you are signed in.",
);
const NOT_FOUND = page("Not found", "There is nothing here.");

/**
 * Listens at an address of this machine: for `localhost` in both families, since a browser may try either first. Keeps no
 * process alive.
 * @param fixed an http address on loopback @default a free port on 127.0.0.1
 * @throws `provider.misconfigured` if the port cannot be bound
 */
export async function listen(fixed?: string): Promise<Listener> {
  const own = new URL(fixed ?? `http://127.0.0.1:0${PATH}`);
  const handler: { current?: (request: IncomingMessage, response: ServerResponse) => void } = {};
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    if (handler.current) handler.current(request, response);
    else send(response, 404, NOT_FOUND);
  };
  const servers: Server[] = [];
  const close = (): void => {
    delete handler.current;
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  try {
    for (const host of hostsOf(own)) {
      const server = await open({ host, port: Number(own.port || 80) }, respond).catch((error: unknown) => {
        // This machine has no IPv6, so that no browser on it tries that.
        if (servers.length > 0 && NO_ADDRESS.has(systemCode(error))) return undefined;
        throw error;
      });
      if (server) servers.push(server);
    }
  } catch (error) {
    close();
    throw cannotListen(own, error);
  }
  if (fixed === undefined) own.port = String(portOf(servers));
  // As it was given, since services compare the address as text.
  const redirectUri = fixed ?? own.href;

  return {
    redirectUri,
    hear: (read) =>
      new Promise((resolve) => {
        handler.current = (request, response) => {
          const answer = read(request);
          if (!answer) return send(response, 404, NOT_FOUND);
          delete handler.current;
          response.once("close", () => resolve(answer));
          send(response, 200, DONE);
        };
      }),
    async [Symbol.asyncDispose]() {
      close();
    },
  };
}

function portOf([server]: readonly Server[]): number {
  const address = server?.address();
  return typeof address === "object" && address ? address.port : 0;
}

const [IPV4, IPV6] = ["127.0.0.1", "::1"];

/** Returns the addresses of this machine that a loopback host means, those of IPv6 last. */
function hostsOf({ hostname }: URL): readonly string[] {
  if (hostname === "[::1]") return [IPV6];
  if (hostname.startsWith("127.")) return [hostname];
  return hostname.startsWith("[") ? [IPV4] : [IPV4, IPV6];
}

const NO_ADDRESS: ReadonlySet<string | undefined> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

/** @throws the platform's error if the address cannot be bound */
async function open(
  address: { readonly host: string; readonly port: number },
  respond: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer({ maxHeaderSize: 16_384, headersTimeout: 10_000 }, respond);
  server.on("connection", (socket) => void socket.unref());
  server.listen({ ...address, exclusive: true });
  await once(server, "listening");
  // Too many connections are refused. They end no process.
  server.on("error", () => undefined);
  return server.unref();
}

/** Returns true for an address on which this machine can listen. Any other one only a person can bring back. */
export function canListen(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === "http:" && isLoopback(url.hostname);
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, HEADERS).end(text);
}

function cannotListen({ host }: URL, error: unknown): TokenFlowError {
  const code = systemCode(error);
  const why = code === "EADDRINUSE" ? "another program uses it" : `it cannot be used (${code ?? "unknown"})`;
  return new TokenFlowError("provider.misconfigured", `The browser must return to ${host}, but ${why}`, {
    hint: "End the other program, then try again, or sign in with a code.",
    grantUnused: true,
    reason: code,
  });
}

function page(title: string, text: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${text}</p></html>\n`;
}
