import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

export interface SecondOriginOptions {
  /** Redirects every request to the same path there. */
  readonly redirect?: { readonly status: number; readonly to: string } | undefined;
}

/** A server that is none of the services, for tests of what reaches it. */
export interface SecondOrigin extends AsyncDisposable {
  readonly origin: string;
  /** Every request that arrived, whole: first line, headers, body. */
  readonly received: readonly string[];
}

/** Answers every request with all that a client could hope for. */
const BAIT = JSON.stringify({
  access_token: "bait",
  refresh_token: "bait",
  token: "bait",
  token_type: "Bearer",
  expires_in: 3600,
  expires_at: 4_102_444_800,
  refresh_in: 1500,
  active: true,
  login: "bait",
  copilot_plan: "bait",
  balance: 1,
  data: [{ id: "bait" }],
  models: [{ id: "bait" }],
});

export async function startSecondOrigin({ redirect }: SecondOriginOptions = {}): Promise<SecondOrigin> {
  const received: string[] = [];
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    void text(request)
      .catch(() => "")
      .then((body) => {
        received.push(`${method} ${url}\n${JSON.stringify(headers)}\n${body}`);
        if (redirect) response.writeHead(redirect.status, { location: redirect.to + url }).end();
        else response.writeHead(200, { "content-type": "application/json" }).end(BAIT);
      });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
