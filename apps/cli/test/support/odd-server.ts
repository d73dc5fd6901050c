import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A status and a body: an object is sent as JSON, and text as it is. */
type OddAnswer = readonly [status: number, body: object | string, type?: string];

export interface OddServer extends AsyncDisposable {
  readonly url: string;
  /** The paths that were asked for, in order. */
  readonly seen: readonly string[];
  /** The options of `login` that describe it. */
  readonly flags: readonly string[];
  /** Resolves with the first request for a path. */
  asked(path: string): Promise<void>;
}

export interface OddServerOptions {
  /** The answers by path. A path with `undefined` is never answered. @default a code, and a token with a refresh token */
  readonly answers?: Readonly<Record<string, OddAnswer | undefined>>;
  /** Members of the metadata, which is found at the issuer's address. @default no metadata */
  readonly metadata?: object;
  /** Called before a path is answered, which waits for it. @default nothing is waited for */
  readonly before?: (path: string) => Promise<void>;
}

/** Starts an OAuth server that approves at once, and answers what a test wants it to. */
export async function startOddServer({
  answers = {},
  metadata,
  before,
}: OddServerOptions = {}): Promise<OddServer> {
  const seen: string[] = [];
  const waiting = new Map<string, () => void>();
  let url = "";
  const answerTo = (path: string): OddAnswer | undefined => {
    if (Object.hasOwn(answers, path)) return answers[path];
    if (metadata && path.startsWith("/.well-known/")) return [200, { issuer: url, ...metadata }];
    if (path === "/device") {
      const code = { device_code: "d", user_code: "ABCD", verification_uri: `${url}/page`, interval: 0.02 };
      return [200, code];
    }
    if (path === "/token")
      return [200, { access_token: "at-1", token_type: "bearer", refresh_token: "rt-1" }];
    return [404, { error: "not_found" }];
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    seen.push(pathname);
    waiting.get(pathname)?.();
    request.resume().on("end", async () => {
      await before?.(pathname);
      const answer = answerTo(pathname);
      if (!answer) return;
      const [status, body, type] = answer;
      const isText = typeof body === "string";
      response.writeHead(status, { "content-type": type ?? (isText ? "text/html" : "application/json") });
      response.end((isText ? body : JSON.stringify(body)).replaceAll("$url", url));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const endpoints = { token: "/token", device: "/device", introspection: "/who", revocation: "/revoke" };
  return {
    url,
    seen,
    flags: [
      ...(metadata ? ["--issuer", url] : []),
      ...(metadata
        ? []
        : Object.entries(endpoints).flatMap(([name, path]) => ["--endpoint", `${name}=${url}${path}`])),
      ...["--client-id", "cli"],
    ],
    asked: (path) =>
      seen.includes(path) ? Promise.resolve() : new Promise((resolve) => waiting.set(path, resolve)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
