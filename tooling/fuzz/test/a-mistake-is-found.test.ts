import { expect, test } from "vitest";
import { watchCoverage } from "../src/engine/coverage.ts";
import { fuzz } from "../src/engine/fuzz.ts";
import type { Target } from "../src/engine/target.ts";
import { readVersion } from "./mistaken-reader.ts";

const target: Target = { name: "version", seeds: ["v0"], words: [], run: (bytes) => readVersion(bytes) };
const MOST = 10_000;

async function search(isWatched: (url: string) => boolean): Promise<Awaited<ReturnType<typeof fuzz>>> {
  using coverage = watchCoverage(isWatched);
  return await fuzz(target, { corpus: [], coverage, seed: 1, isOver: (tried) => tried >= MOST });
}

test("a mistake behind four bytes in a row is found, since each of them reaches a new block", async () => {
  const { broken, tried } = await search((url) => url.endsWith("mistaken-reader.ts"));
  expect(broken?.problem).toMatch(/^RangeError: A version of four parts/);
  expect(Buffer.from(broken?.bytes ?? []).toString()).toMatch(/^v\d\.\d\.\d\.\d/);
  expect(tried).toBeLessThan(MOST);
});

test("without a look at the code it is not found", async () => {
  const { broken, tried } = await search(() => false);
  expect(broken).toBeUndefined();
  expect(tried).toBeGreaterThanOrEqual(MOST);
});

test("an input that takes far more time than its length allows breaks its reader", async () => {
  const slow: Target = {
    ...target,
    run() {
      const before = process.threadCpuUsage();
      while (process.threadCpuUsage(before).user < 250_000);
    },
  };
  using coverage = watchCoverage(() => false);
  const { broken } = await fuzz(slow, { corpus: [], coverage, seed: 1, isOver: () => true });
  expect(broken?.problem).toMatch(/^Error: 2 bytes took \d+ ms/);
});
