import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createTokenManager } from "@tokenflow/core";
import { copilotOptionsFromEnv, createCopilotProvider } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";
import { startPacedUpstream } from "../load/start-load.ts";

const PIECE = Buffer.alloc(64 * 1024, "x");
const SIZE = 64 * 1024 * 1024;

test("a caller that does not read costs bounded memory, and gets everything afterwards", async () => {
  let sent = 0;
  let isBlocked = false;
  await using upstream = await startUpstream((_request, response) => {
    const more = (): void => {
      isBlocked = false;
      while (sent < SIZE) {
        sent += PIECE.length;
        if (!response.write(PIECE)) {
          isBlocked = true;
          return void response.once("drain", more);
        }
      }
      response.end();
    };
    more();
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const caller = rawRequest(
    proxy.url,
    "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
  );
  caller.socket.pause();
  // Blocked for good, not only between two drains: nothing changes over 20 samples.
  let still = 0;
  let last = -1;
  await until(() => {
    still = isBlocked && sent === last && sent > 0 ? still + 1 : 0;
    last = sent;
    return still > 20;
  }, "the upstream was slowed down");
  expect(sent).toBeLessThan(SIZE / 2);

  let received = 0;
  caller.socket.removeAllListeners("data");
  caller.socket.on("data", (text: string) => {
    received += text.length;
  });
  caller.socket.resume();
  await caller.over;
  expect(sent).toBe(SIZE);
  expect(received).toBeGreaterThan(SIZE);
});

const READERS = 16;
const MEBIBYTE = 1024 * 1024;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Returns the memory in use, in bytes. Buffers are outside the heap. */
function heldMemory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Returns the memory in use, once several samples agree. */
async function settledMemory(isEnough: (now: number) => boolean): Promise<number> {
  let still = 0;
  let last = 0;
  await until(() => {
    const now = heldMemory();
    still = isEnough(now) && Math.abs(now - last) < MEBIBYTE / 4 ? still + 1 : 0;
    last = now;
    return still > 5;
  }, "nothing moves any more");
  return last;
}

test("a caller that does not read costs less than 2 MB, however much the upstream sends", async () => {
  // A separate process, so that its memory is not counted.
  await using upstream = await startPacedUpstream();
  const provider = createCopilotProvider(copilotOptionsFromEnv({ TOKENFLOW_COPILOT_API_URL: upstream.url }));
  await using manager = createTokenManager({ provider, staticToken: "given" });
  await using proxy = await startProxy({ sessions: [{ manager }] });
  const body = '{"model":"flood","stream":true,"messages":[]}';
  const ask = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  // Free the memory of earlier tests first.
  const before = await settledMemory(() => true);

  const callers = Array.from({ length: READERS }, () => rawRequest(proxy.url, ask));
  for (const { socket } of callers) socket.pause();
  await until(() => proxy.queue().running === READERS, "all are being answered");
  // Some memory must be in use by then, otherwise the flood has not arrived yet.
  const after = await settledMemory((now) => now - before > READERS * 1024);
  const each = (after - before) / READERS;
  for (const { socket } of callers) socket.destroy();
  expect(each).toBeLessThan(2 * MEBIBYTE);
});
