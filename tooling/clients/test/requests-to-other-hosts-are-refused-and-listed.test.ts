import { request } from "node:http";
import { expect, test } from "vitest";
import { startHostCatcher } from "../src/scene/host-catcher.ts";

/** Returns the status of the answer to a CONNECT. */
function connectTo(proxy: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(proxy);
    request({ host: hostname, port, method: "CONNECT", path })
      .once("connect", ({ statusCode }, socket) => {
        socket.destroy();
        resolve(statusCode);
      })
      .once("error", reject)
      .end();
  });
}

test("another host is refused and listed, and loopback is neither", async () => {
  await using catcher = await startHostCatcher();
  expect(await connectTo(catcher.url, "api.vendor.test:443")).toBe(403);
  const { port } = new URL(catcher.url);
  expect(await connectTo(catcher.url, `127.0.0.1:${port}`)).toBe(200);
  expect((await fetch(catcher.url)).status).toBe(403);
  expect(catcher.take()).toContain("api.vendor.test");
  expect(catcher.take()).toEqual([]);
});
