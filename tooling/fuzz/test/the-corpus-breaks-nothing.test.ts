import { expect, test } from "vitest";
import { readCorpus } from "../src/engine/corpus.ts";
import { tryInput } from "../src/engine/target.ts";
import { TARGETS } from "../src/targets/index.ts";

test.each(TARGETS)("$name reads every input as it must", async (target) => {
  const corpus = await readCorpus(target.name);
  expect(corpus.length).toBeGreaterThan(5);
  for (const { file, bytes } of corpus) {
    await expect(tryInput(target, bytes), file).resolves.toBeUndefined();
  }
});
