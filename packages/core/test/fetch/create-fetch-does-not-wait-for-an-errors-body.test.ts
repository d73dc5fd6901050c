import { createFetch } from "@tokenflow/core";
import { expect, test } from "vitest";
import { createLoopbackServer } from "../support/loopback-server.ts";
import { createIssuer, createTestUpstream } from "../support/manager-of-tokens.ts";

async function stage(server: { readonly url: string }) {
  const issuer = createIssuer({ upstream: createTestUpstream(server.url) });
  await issuer.manager.getToken();
  return { ...issuer, fetch: createFetch(issuer.manager, { clock: issuer.clock }) };
}

test("an error whose body stalls is returned after a second, and the caller can read its rest", async () => {
  const begun = Promise.withResolvers<() => void>();
  await using server = await createLoopbackServer((response) => {
    response.writeHead(403).write("not ");
    begun.resolve(() => response.end("allowed"));
  });
  const { fetch, clock } = await stage(server);
  let answered = false;
  const sent = fetch(server.url).finally(() => (answered = true));
  const finish = await begun.promise;
  while (clock.pending.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(999);
  expect(answered).toBe(false);
  await clock.advance(1);
  const response = await sent;
  finish();
  expect([response.status, await response.text()]).toEqual([403, "not allowed"]);
  expect(clock.pending).toEqual([]);
});

test("a rejection whose body stalls is recognized by its beginning", async () => {
  await using server = await createLoopbackServer((response, { headers }) => {
    if (headers.authorization !== "Bearer token-1") return void response.end("ok");
    response.writeHead(403).write("token expired");
  });
  const { fetch, clock } = await stage(server);
  const sent = fetch(server.url);
  while (clock.pending.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(1_000);
  expect(await (await sent).text()).toBe("ok");
});

test("an error with an endless body is returned after its beginning", async () => {
  await using server = await createLoopbackServer((response) => {
    response.writeHead(400);
    const more = (): void => {
      while (response.write(Buffer.alloc(8_192, "x")));
    };
    response.on("drain", more);
    more();
  });
  const { fetch, clock } = await stage(server);
  const response = await fetch(server.url);
  expect(response.status).toBe(400);
  expect(clock.pending).toEqual([]);
  await response.body?.cancel();
});

test("an error that breaks off is returned, and breaks off for the caller too", async () => {
  await using server = await createLoopbackServer((response) => {
    response.writeHead(400, { "content-length": "100" }).write("half", () => response.destroy());
  });
  const { fetch, clock } = await stage(server);
  const response = await fetch(server.url);
  expect(response.status).toBe(400);
  await expect(response.text()).rejects.toThrow(TypeError);
  expect(clock.pending).toEqual([]);
});
