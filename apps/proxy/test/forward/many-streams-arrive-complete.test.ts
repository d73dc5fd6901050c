import { performance } from "node:perf_hooks";
import { expect, test } from "vitest";
import { until } from "../fixtures/upstream.ts";
import { readStream, startLoad } from "../load/start-load.ts";

test("100 streams with an event every 20 ms arrive complete, without a gap of more than a second", async () => {
  await using load = await startLoad();
  const events = 60;

  const streams = await Promise.all(Array.from({ length: 100 }, () => readStream(load.url, events)));

  expect(streams.filter(({ isWhole }) => !isWhole)).toEqual([]);
  expect(new Set(streams.map((stream) => stream.events))).toEqual(new Set([events + 1]));
  expect(Math.max(...streams.map(({ gap }) => gap))).toBeLessThan(1_000);
});

test("after SIGTERM under load every stream ends properly, no new request is accepted, and the exit is clean", async () => {
  await using load = await startLoad();
  // Long enough for all to be open at once on a slow machine.
  const events = 500;
  const streams = Array.from({ length: 100 }, () => readStream(load.url, events));
  await allRunning(load.url, 100);

  load.program.child.kill("SIGTERM");
  await until(() => load.program.errors().includes("another signal"), "it began to drain");
  await expect(fetch(`${load.url}/livez`)).rejects.toThrow("fetch failed");

  const seen = await Promise.all(streams);
  expect(seen.filter(({ isWhole }) => !isWhole)).toEqual([]);
  expect(await load.program.over).toBe(0);
});

async function allRunning(url: string, count: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${url}/metrics`)).text();
    if (Number(/^tokenflow_open_streams (\d+)$/m.exec(text)?.[1]) >= count) return;
  }
}

test("a stream that never ends is closed after the shutdown timeout, not later", async () => {
  await using load = await startLoad(["--drain", "300ms"]);
  const stream = readStream(load.url, 100_000);
  await allRunning(load.url, 1);
  const start = performance.now();

  load.program.child.kill("SIGTERM");

  expect(await stream).toMatchObject({ isWhole: false });
  expect(await load.program.over).toBe(0);
  expect(performance.now() - start).toBeGreaterThan(290);
});
