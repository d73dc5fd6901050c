import * as fc from "fast-check";
import { Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { createFastHistogram } from "../../src/monitor/fast-histogram.ts";

const SETTINGS = { name: "wait_seconds", help: "How long somebody waited." };
const BOUNDS = [0.001, 0.005, 0.25, 1, 30];

/** In milliseconds: on a bound, close to it, and beyond the last one. */
const time = fc.oneof(
  fc.constantFrom(...BOUNDS.map((bound) => bound * 1000)),
  fc.double({ min: 0, max: 60_000, noNaN: true }),
);

test.each([["session"], [undefined]])("with %s as a label the text is the same", async (labelName) => {
  const label = labelName === undefined ? fc.constant(undefined) : fc.constantFrom("a", 'b "quoted"');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(time, label)), async (observed) => {
      const theirs = new Registry();
      const histogram = new Histogram({
        ...SETTINGS,
        labelNames: labelName === undefined ? [] : [labelName],
        buckets: BOUNDS,
        registers: [theirs],
      });
      const ours = new Registry();
      const count = createFastHistogram({ ...SETTINGS, labelName, bounds: BOUNDS, registry: ours });
      for (const [milliseconds, name] of observed) {
        if (labelName === undefined || name === undefined) histogram.observe(milliseconds / 1000);
        else histogram.observe({ [labelName]: name }, milliseconds / 1000);
        count(milliseconds, name);
      }
      expect(await ours.metrics()).toBe(await theirs.metrics());
    }),
  );
});
