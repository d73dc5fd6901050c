import { gzipSync } from "node:zlib";
import { createHttp } from "@tokenflow/core/provider";
import { describe, expect, test } from "vitest";
import { createLoopbackServer, pour } from "../support/loopback-server.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const http = createHttp();

/** A fetch as SDKs and proxies wrap it: its responses have no URL. */
const wrapped: typeof fetch = async (input, init) => {
  const { body, status, headers } = await fetch(input, init);
  return new Response(body, { status, headers });
};

describe("a body of 1 GiB is refused while it streams", () => {
  const bodies = {
    plain: { chunk: Buffer.alloc(64 * 1024, "x"), size: GIB, headers: {} },
    // A thousand members of 1 MiB of zeros each, of about 1 KiB.
    "of a gzip bomb": {
      chunk: gzipSync(Buffer.alloc(MIB)),
      size: gzipSync(Buffer.alloc(MIB)).byteLength * 1024,
      headers: { "content-encoding": "gzip" },
    },
  };
  for (const [name, { chunk, size, headers }] of Object.entries(bodies)) {
    for (const [kind, customFetch] of Object.entries({ "platform's": undefined, wrapped })) {
      test(`${name}, by the ${kind} fetch`, async () => {
        const poured = Promise.withResolvers<number>();
        await using server = await createLoopbackServer((response) => {
          response.writeHead(403, headers);
          poured.resolve(pour(response, chunk, size));
        });
        const asked = createHttp({ fetch: customFetch })({ method: "GET", url: server.url });
        await expect(asked).rejects.toMatchObject({ code: "provider.malformed", status: 403 });
        expect(await poured.promise).toBeLessThan(32 * MIB);
      });
    }
  }
});

test("the limit is exactly 1 MiB after decompression", async () => {
  await using server = await createLoopbackServer((response, { path }) => {
    response.writeHead(404, { "content-encoding": "gzip" });
    response.end(gzipSync(Buffer.alloc(Number(path.slice(1)), "x")));
  });
  const answer = await http({ method: "GET", url: `${server.url}/${MIB}` });
  expect(answer.text).toHaveLength(MIB);
  await expect(http({ method: "GET", url: `${server.url}/${MIB + 1}` })).rejects.toMatchObject({
    code: "provider.malformed",
    message: expect.stringContaining("1 MiB"),
  });
});
