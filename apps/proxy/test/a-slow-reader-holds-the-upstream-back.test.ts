import { expect, test } from "vitest";
import { rawRequest } from "./fixtures/raw-request.ts";
import { startProxy, startUpstream, until } from "./fixtures/upstream.ts";

const PIECE = Buffer.alloc(64 * 1024, "x");
const SIZE = 64 * 1024 * 1024;

test("who does not read costs a bounded amount, and gets everything afterwards", async () => {
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
  // Blocked for good, and not just between two drains: nothing moves over twenty looks.
  let still = 0;
  let last = -1;
  await until(() => {
    still = isBlocked && sent === last && sent > 0 ? still + 1 : 0;
    last = sent;
    return still > 20;
  }, "the upstream was held back");
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
