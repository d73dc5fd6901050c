/**
 * The least that a proxy in Node can be: `node:http` in front, `undici` behind, nothing between. With `whole` as a
 * second argument it has a question in hand before it sends it, as whoever may have to send it twice must.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";

const [, , upstream = "", way] = process.argv;
const pool = new Pool(upstream, { headersTimeout: 0, bodyTimeout: 0 });

function pipe(request: IncomingMessage, response: ServerResponse, body: IncomingMessage | Buffer): void {
  const { url = "", method } = request;
  const contentType = request.headers["content-type"];
  pool
    .stream(
      {
        path: url.replace("/v1", ""),
        method: method === "GET" ? "GET" : "POST",
        headers: {
          authorization: "Bearer bench",
          ...(contentType === undefined ? {} : { "content-type": contentType }),
        },
        body,
      },
      ({ statusCode, headers }) => {
        response.writeHead(statusCode, { "content-type": String(headers["content-type"]) });
        return response;
      },
    )
    .catch(() => response.destroy());
}

function pipeWhole(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => pipe(request, response, Buffer.concat(parts)));
}

const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) =>
  way === "whole" ? pipeWhole(request, response) : pipe(request, response, request),
);
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
