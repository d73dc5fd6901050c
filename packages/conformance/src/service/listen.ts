import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { CLIENT_ID } from "./endpoints.ts";
import type { Exchange } from "./exchange.ts";
import { createOAuthService, type OAuthService } from "./oauth-service.ts";
import type { ServiceSettings } from "./settings.ts";

/** A plain authorization server with the device flow, on loopback. */
export interface TestServer extends AsyncDisposable {
  readonly issuer: string;
  /** The public client that it knows. */
  readonly clientId: string;
  /** Mutable: a change counts from the next request. */
  readonly settings: ServiceSettings;
  readonly journal: readonly Exchange[];
}

/** Starts the server that scenarios use, for tests of your own. */
export async function startTestServer(settings: Partial<ServiceSettings> = {}): Promise<TestServer> {
  const service = createOAuthService(settings);
  const listening = await listen(service);
  return {
    issuer: service.origin,
    clientId: CLIENT_ID,
    settings: service.settings,
    journal: service.journal.entries,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

/** Serves on a free port of 127.0.0.1 until it is disposed of. */
export async function listen(service: OAuthService): Promise<AsyncDisposable> {
  const server = createServer((message, response) => {
    response.sendDate = false;
    response.setHeader("date", new Date(Date.now() + service.settings.clockOffset).toUTCString());
    const headers = Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [
        name,
        value === undefined ? value : String(value),
      ]),
    );
    readText(message)
      .then((text) =>
        service.handle(
          {
            method: message.method ?? "GET",
            url: new URL(message.url ?? "/", service.origin),
            headers,
            text,
          },
          response,
        ),
      )
      .catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500);
        response.end(String(error));
      });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  service.origin = `http://127.0.0.1:${port}`;
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
