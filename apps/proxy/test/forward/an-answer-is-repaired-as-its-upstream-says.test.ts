import { type RequestListener, ServerResponse } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { AnswerRepair } from "@tokenflow/core/provider";
import { request } from "undici";
import { expect, onTestFinished, test, vi } from "vitest";
import { type RunningProxy, startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const louder = (text: string): string => text.replaceAll("a", "A");
const STREAM = { "content-type": "text/event-stream" };
const JSON_TYPE = { "content-type": "application/json" };
const COMPRESSED = [
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
] as const;

interface Started extends AsyncDisposable {
  readonly proxy: RunningProxy;
}

async function start(listener: RequestListener, repair: AnswerRepair, keepAlive = 0): Promise<Started> {
  const upstream = await startUpstream(listener, {
    repairAnswer: ({ json }) => {
      json?.();
      return ({ status, headers }) => (status === 200 && !headers.has("x-right") ? repair : undefined);
    },
  });
  const proxy = await startProxy({ sessions: [upstream], keepAlive });
  return {
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

const post = ({ proxy }: Started): ReturnType<typeof request> =>
  request(`${proxy.url}/v1/chat/completions`, { method: "POST", body: "{}" });

test("a whole body is repaired and has its new length", async () => {
  await using started = await start(
    (_request, response) =>
      response.writeHead(200, { ...JSON_TYPE, "content-length": "3", etag: "x" }).end("aba"),
    { body: (text) => `${louder(text)}ä` },
  );
  const answer = await post(started);
  expect(await answer.body.text()).toBe("AbAä");
  expect(answer.headers).toMatchObject({ ...JSON_TYPE, "content-length": "5" });
  expect(answer.headers["etag"]).toBeUndefined();
});

test("the first repaired event of a stream leaves together with the headers", async () => {
  let end = (): void => undefined;
  await using started = await start(
    (_request, response) => {
      response.writeHead(200, STREAM).write("data: a\n\n");
      end = () => void response.end();
    },
    { event: louder },
  );
  const flushed = vi.spyOn(ServerResponse.prototype, "flushHeaders");
  onTestFinished(() => flushed.mockRestore());
  const answer = await post(started);
  end();
  expect(await answer.body.text()).toBe("data: A\n\n");
  expect(flushed).not.toHaveBeenCalled();
});

test("an answer that the upstream leaves alone keeps its headers and bytes", async () => {
  const bytes = gzipSync("aba");
  await using started = await start(
    (_request, response) =>
      response.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip", "x-right": "1" }).end(bytes),
    { body: louder },
  );
  const answer = await post(started);
  expect(answer.headers["content-encoding"]).toBe("gzip");
  expect(Buffer.from(await answer.body.bytes())).toEqual(bytes);
});

test.each(COMPRESSED)("an answer in %s is repaired, whole and as a stream", async (encoding, compress) => {
  const events = Array.from({ length: 3_000 }, (_, index) => `data: a ${index} ${Math.random()}\n\n`).join(
    "",
  );
  let isStream = false;
  await using started = await start(
    (_request, response) => {
      response.writeHead(200, { ...(isStream ? STREAM : JSON_TYPE), "content-encoding": encoding });
      const bytes = compress(isStream ? events : "aba");
      for (let at = 0; at < bytes.length; at += 1_000) response.write(bytes.subarray(at, at + 1_000));
      response.end();
    },
    { body: louder, event: louder },
  );
  const whole = await post(started);
  expect(whole.headers["content-encoding"]).toBeUndefined();
  expect(await whole.body.text()).toBe("AbA");
  isStream = true;
  const stream = await post(started);
  expect(stream.headers["content-encoding"]).toBeUndefined();
  expect(await stream.body.text()).toBe(louder(events).replaceAll("dAtA:", "data:"));
});

test.each([
  ["whole", JSON_TYPE, 503, '["a"]'],
  ["as a stream", STREAM, 200, "data: a"],
])("a broken compressed answer never looks complete, %s", async (_what, type, status, line) => {
  await using started = await start(
    (_request, response) =>
      response
        .writeHead(200, { ...type, "content-encoding": "gzip" })
        .end(gzipSync(`${line}\n\n`.repeat(5_000)).subarray(0, -20)),
    { body: louder, event: louder },
  );
  const answer = await post(started);
  const text = await answer.body.text().catch((error: unknown) => `broken: ${String(error)}`);
  expect(answer.statusCode).toBe(status);
  expect(text).toMatch(status === 503 ? /"error"/ : /^broken: /);
});

test.each([
  ["whole", JSON_TYPE, 503, "["],
  ["as a stream", STREAM, 200, "data:"],
])("compressed bytes that cannot be read end the answer at once, %s", async (_what, type, status, line) => {
  const closed = Promise.withResolvers<void>();
  await using started = await start(
    (_request, response) => {
      const events = Array.from({ length: 3_000 }, () => `${line} a ${Math.random()}\n\n`).join("");
      const bytes = gzipSync(events).fill(0xff, 2_000, 2_300);
      response.writeHead(200, { ...type, "content-encoding": "gzip" }).on("close", closed.resolve);
      // More than is held, so that the upstream must be read on. It never ends by itself.
      for (let at = 0; at < bytes.length; at += 1_000) response.write(bytes.subarray(at, at + 1_000));
    },
    { body: louder, event: louder },
  );
  const answer = await post(started);
  const text = await answer.body.text().catch((error: unknown) => `broken: ${String(error)}`);
  expect(answer.statusCode).toBe(status);
  expect(text).toMatch(status === 503 ? /"error"/ : /^broken: /);
  await closed.promise;
});

test("a body that breaks off is a 503, since nothing of it was sent", async () => {
  await using started = await start(
    (_request, response) => {
      response.writeHead(200, { ...JSON_TYPE, "content-length": "100" }).write("half");
      setImmediate(() => response.destroy());
    },
    { body: louder },
  );
  expect((await post(started)).statusCode).toBe(503);
});

test("headers and each event arrive as soon as they are complete", async () => {
  let send: (text: string) => void = () => undefined;
  await using started = await start(
    (_request, response) => {
      response.writeHead(200, STREAM).flushHeaders();
      send = (text) => void response.write(text);
    },
    { event: louder },
  );
  const answer = await post(started);
  let text = "";
  answer.body.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  send("data: a\n\ndata: a");
  await until(() => text === "data: A\n\n", "the first event arrived");
  send("\n\n");
  await until(() => text === "data: A\n\ndata: A\n\n", "the second event arrived");
  answer.body.on("error", () => undefined).destroy();
});

test("a stream that breaks within an event gets the error as an event of its own", async () => {
  await using started = await start(
    (_request, response) => {
      response.writeHead(200, STREAM).write("data: a\n\ndata: half");
      setTimeout(() => response.destroy(), 20);
    },
    { event: louder },
  );
  const answer = await post(started);
  let text = "";
  answer.body.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  await new Promise((resolve) => answer.body.on("error", resolve));
  expect(text).toMatch(/^data: A\n\n(?:event: error\n)?data: \{"error"/);
  expect(text).not.toContain("half");
});

test("a slow reader slows a repaired upstream down", async () => {
  let sent = 0;
  await using started = await start(
    async (_request, response) => {
      response.writeHead(200, STREAM);
      const event = `data: ${"x".repeat(64 * 1024)}\n\n`;
      while (sent < 2_000 && !response.destroyed) {
        sent += 1;
        if (!response.write(event)) await new Promise((resolve) => response.once("drain", resolve));
      }
      response.end();
    },
    { event: (data) => `${data}y` },
  );
  const answer = await post(started);
  let before = -1;
  await expect
    .poll(
      () => {
        const isStill = sent === before;
        before = sent;
        return isStill;
      },
      { interval: 300, timeout: 10_000 },
    )
    .toBe(true);
  expect(sent).toBeLessThan(1_000);
  let bytes = 0;
  for await (const chunk of answer.body) bytes += (chunk as Buffer).length;
  expect(bytes).toBe(2_000 * (64 * 1024 + 9));
});
