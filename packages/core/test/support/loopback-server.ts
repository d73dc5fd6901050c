import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface LoopbackServer extends AsyncDisposable {
  /** `http://127.0.0.1:…`, without a slash at the end. */
  readonly url: string;
  /** The requests, in order. The body is added when it has arrived. */
  readonly requests: readonly SeenRequest[];
  /** How many connections were opened. */
  readonly connections: number;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Respond = (response: ServerResponse, seen: SeenRequest) => void;

/** A real server on loopback that reads a request to its end, then answers. */
export async function createLoopbackServer(respond: Respond): Promise<LoopbackServer> {
  const requests: SeenRequest[] = [];
  let connections = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = "";
    try {
      for await (const chunk of request) body += String(chunk);
    } catch {
      return;
    }
    const { method = "", url = "", headers } = request;
    const seen: SeenRequest = { method, path: url, headers, body };
    requests.push(seen);
    respond(response, seen);
  };
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Writes a body of up to `size` bytes while somebody reads it. Returns how much was read. */
export function pour(response: ServerResponse, chunk: Uint8Array, size: number): Promise<number> {
  return new Promise((resolve) => {
    let written = 0;
    const more = (): void => {
      while (written < size) {
        written += chunk.byteLength;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on("drain", more);
    response.on("close", () => resolve(written));
    more();
  });
}
