import type { Histogram, Registry } from "prom-client";

export interface FastHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** The only label. @default undefined, no label */
  readonly labelName?: string | undefined;
  /** The upper bounds of the buckets, in seconds, ascending. */
  readonly bounds: readonly number[];
  readonly registry: Registry;
}

/** The counts for one label value: one count per bucket, not cumulative, and the last for `+Inf`. */
interface Series {
  readonly counts: Float64Array;
  sum: number;
}

/**
 * Creates a histogram that counts in arrays and builds prom-client's values on scrape. prom-client's own histogram
 * hashes all labels on each observation, which costs too much for every request: see decision 0026.
 * @returns observes one time, in milliseconds
 */
export function createFastHistogram({
  name,
  help,
  labelName,
  bounds,
  registry,
}: FastHistogramOptions): (milliseconds: number, label?: string) => void {
  const seriesByLabel = new Map<string, Series>();
  const seriesOf = (label: string): Series => {
    const series = seriesByLabel.get(label) ?? { counts: new Float64Array(bounds.length + 1), sum: 0 };
    seriesByLabel.set(label, series);
    return series;
  };
  if (labelName === undefined) seriesOf("");

  const valuesOf = (label: string, { counts, sum }: Series): readonly Value[] => {
    const labels = labelName === undefined ? {} : { [labelName]: label };
    let count = 0;
    const buckets = [...counts].map((added, index): Value => {
      count += added;
      return {
        metricName: `${name}_bucket`,
        labels: { le: bounds[index] ?? "+Inf", ...labels },
        value: count,
      };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  };
  const metric = {
    name,
    help,
    type: "histogram",
    aggregator: "sum",
    get: async () => ({
      name,
      help,
      type: "histogram",
      aggregator: "sum",
      values: [...seriesByLabel].flatMap(([label, series]) => valuesOf(label, series)),
    }),
  };
  // A registry uses only the name and `get()` of a metric.
  registry.registerMetric(metric as unknown as Histogram);

  return (milliseconds, label = "") => {
    const seconds = milliseconds / 1000;
    const series = seriesByLabel.get(label) ?? seriesOf(label);
    let index = 0;
    while (seconds > (bounds[index] ?? Number.POSITIVE_INFINITY)) index += 1;
    series.counts[index] = (series.counts[index] ?? 0) + 1;
    series.sum += seconds;
  };
}

interface Value {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}
