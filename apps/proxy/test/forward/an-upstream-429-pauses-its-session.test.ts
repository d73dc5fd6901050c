import { createFakeClock } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const LIMITED = '{"error":{"message":"slow down","code":"rate_limited"}}';

test("it is forwarded unchanged, and nothing is sent until its Retry-After has passed", async () => {
  const clock = createFakeClock();
  let limited = true;
  await using upstream = await startUpstream((_request, response) => {
    if (limited) response.writeHead(429, { "retry-after": "30" }).end(LIMITED);
    else response.end("{}");
  });
  await using other = await startUpstream((_request, response) => response.end("{}"), { id: "other" });
  await using proxy = await startProxy({ sessions: [upstream, other], clock });
  const models = `${proxy.url}/test/v1/models`;

  const first = await fetch(models);
  expect([first.status, first.headers.get("retry-after"), await first.text()]).toEqual([429, "30", LIMITED]);

  limited = false;
  await clock.advance(12_500);
  const second = await fetch(models);
  expect([second.status, second.headers.get("retry-after")]).toEqual([429, "18"]);
  expect(await second.json()).toMatchObject({
    error: {
      code: "provider.rate_limited",
      type: "rate_limit_error",
      message: "Test Service rate-limits this session. Try again in 18 s.",
    },
  });
  expect(upstream.requests).toHaveLength(1);
  expect((await fetch(`${proxy.url}/other/v1/models`)).status).toBe(200);

  await clock.advance(17_500);
  expect((await fetch(models)).status).toBe(200);
  expect(upstream.requests).toHaveLength(2);
});

test("a 429 without Retry-After pauses nothing, and a date is compared with the clock", async () => {
  const clock = createFakeClock();
  const head: Record<string, string> = {};
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(429, head).end(LIMITED);
  });
  await using proxy = await startProxy({ sessions: [upstream], clock });
  const ask = async (): Promise<string> => (await fetch(`${proxy.url}/v1/models`)).text();

  expect([await ask(), await ask()]).toEqual([LIMITED, LIMITED]);
  head["retry-after"] = new Date(clock.now() + 60_000).toUTCString();
  expect(await ask()).toBe(LIMITED);
  expect(await ask()).toContain("Try again in 60 s.");
});

test("the list of all models omits paused sessions, and a 429 for it pauses too", async () => {
  const clock = createFakeClock();
  await using limited = await startUpstream(
    (_request, response) => response.writeHead(429, { "retry-after": "30" }).end(LIMITED),
    { id: "limited" },
  );
  await using other = await startUpstream((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"data":[{"id":"one"}]}');
  });
  await using proxy = await startProxy({ sessions: [other, limited], clock });
  const ask = async (): Promise<unknown> => (await fetch(`${proxy.url}/v1/models`)).json();

  expect(await ask()).toEqual({ object: "list", data: [{ id: "one" }] });
  expect(await ask()).toEqual({ object: "list", data: [{ id: "one" }] });
  expect(limited.requests).toHaveLength(1);
  await clock.advance(30_000);
  await ask();
  expect(limited.requests).toHaveLength(2);
});
