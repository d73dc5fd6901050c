/** The smallest proxy in Node: `node:http` in front, `undici` behind, nothing between. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";

const [, , upstream = ""] = process.argv;
const pool = new Pool(upstream, { headersTimeout: 0, bodyTimeout: 0 });

const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) => {
  const { url = "", method, headers } = request;
  const contentType = headers["content-type"];
  pool
    .stream(
      {
        path: url.replace("/v1", ""),
        method: method === "GET" ? "GET" : "POST",
        headers: {
          authorization: "Bearer bench",
          ...(contentType === undefined ? {} : { "content-type": contentType }),
        },
        body: request,
      },
      (answer) => {
        response.writeHead(answer.statusCode, { "content-type": String(answer.headers["content-type"]) });
        return response;
      },
    )
    .catch(() => response.destroy());
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
