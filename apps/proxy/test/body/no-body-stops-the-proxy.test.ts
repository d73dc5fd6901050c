import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, type Program, startProgram } from "../fixtures/program.ts";
import { startUpstream, type Upstream, until } from "../fixtures/upstream.ts";

const MIB = 1024 * 1024;
let upstream: Upstream;
let home: string;
let program: Program;
let url: string;

beforeAll(async () => {
  upstream = await startUpstream(async (request, response) => {
    await request.resume().toArray();
    response.end('{"data":[]}');
  });
  home = await mkdtemp(join(tmpdir(), "tokenflow-bodies-"));
  program = startProgram(["--port", "0"], {
    HOME: home,
    TOKENFLOW_HOME: home,
    TOKENFLOW_COPILOT_TOKEN: "given",
    TOKENFLOW_COPILOT_API_URL: upstream.url,
    // A proxy that builds what a body unpacks to does not survive it.
    NODE_OPTIONS: "--max-old-space-size=96",
  });
  url = await addressOf(program);
});

afterAll(async () => {
  await program[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

async function post(body: Uint8Array | string, encoding?: string): Promise<readonly [number, string]> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: body as string,
    headers: encoding === undefined ? {} : { "content-encoding": encoding },
  });
  return [answer.status, await answer.text()];
}

const brackets = Buffer.alloc(15 * MIB, "[");
const flat = Buffer.from(`{"model":"m","a":[${"0,".repeat(7 * MIB)}0]}`);
const bombs: readonly (readonly [what: string, status: number, body: Buffer, encoding: string])[] = [
  ["brackets in gzip", 400, gzipSync(brackets), "gzip"],
  ["brackets in brotli", 400, brotliCompressSync(brackets), "br"],
  ["brackets in deflate", 400, deflateSync(brackets), "deflate"],
  ["brackets in zstd", 400, zstdCompressSync(brackets), "zstd"],
  ["brackets in gzip in gzip", 400, gzipSync(gzipSync(brackets)), "gzip, gzip"],
  ["brackets as they are", 400, brackets, "identity"],
  ["braces as they are", 400, Buffer.from('{"a":'.repeat(2 * MIB)), "identity"],
  ["a long list in gzip", 413, gzipSync(flat), "gzip"],
  ["a long list in zstd", 413, zstdCompressSync(flat), "zstd"],
  ["spaces in brotli", 413, brotliCompressSync(Buffer.alloc(40 * MIB, " ")), "br"],
  [
    "nothing, many times, in gzip",
    413,
    gzipSync(Buffer.concat(Array(500_000).fill(gzipSync("")))),
    "gzip, gzip",
  ],
];

test.each(bombs)(
  "%s: refused with %d, and others are served meanwhile",
  async (_what, status, body, encoding) => {
    const before = upstream.requests.length;
    const attacks = Promise.all(Array.from({ length: 4 }, () => post(body, encoding)));
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await post('{"model":"m","messages":[]}')).toEqual([200, '{"data":[]}']);
    }

    expect((await attacks).map(([answered]) => answered)).toEqual(Array(4).fill(status));
    expect(upstream.requests.slice(before).filter(({ url }) => url?.includes("chat"))).toHaveLength(5);
    expect(program.child.exitCode).toBeNull();
  },
);

test("a picture of 20 MiB passes by default, packed or not", async () => {
  const picture = Buffer.alloc(20 * MIB);
  for (let at = 0; at < picture.length; at += 4) picture.writeInt32LE(Math.imul(at, 2654435761) | 0, at);
  const image = {
    type: "image_url",
    image_url: { url: `data:image/png;base64,${picture.toString("base64")}` },
  };
  const body = Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: [image] }] }));

  expect(await post(body)).toEqual([200, '{"data":[]}']);
  expect(upstream.requests.at(-1)?.headers).toMatchObject({
    "content-length": String(body.length),
    "copilot-vision-request": "true",
    "x-initiator": "user",
  });
  expect((await post(gzipSync(body, { level: 1 }), "gzip"))[0]).toBe(200);
  expect(upstream.requests.at(-1)?.headers["copilot-vision-request"]).toBe("true");
});

test("a megabyte that is sent one byte at a time takes no more than a few megabytes", async () => {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const chunk = Buffer.from("1\r\n \r\n".repeat(MIB));
  socket.write("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  socket.write('c\r\n{"model":"m"\r\n');
  socket.write(chunk);
  socket.write("1\r\n}\r\n0\r\n\r\n");
  let text = "";
  socket.setEncoding("latin1").on("data", (part: string) => (text += part));
  await until(() => text.includes("\r\n\r\n"), "it was answered");
  socket.destroy();

  expect(text).toMatch(/^HTTP\/1.1 200/);
  expect(upstream.requests.at(-1)?.headers["content-length"]).toBe(String(MIB + 13));
});
