import type { Histogram, Registry } from "prom-client";

export interface FastHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** What tells its rows apart. @default one row for all */
  readonly labelName?: string | undefined;
  /** The upper bounds of its buckets, in seconds, rising. */
  readonly bounds: readonly number[];
  readonly registry: Registry;
}

/** One row: how many were at most each bound and above the one before, and those above all. */
interface Row {
  readonly counts: Float64Array;
  sum: number;
}

/**
 * A histogram for what happens at every request: it counts in memory and makes prom-client's rows when somebody
 * asks. prom-client's own hashes all labels at each observation.
 * @returns counts one time, in milliseconds
 */
export function createFastHistogram({
  name,
  help,
  labelName,
  bounds,
  registry,
}: FastHistogramOptions): (milliseconds: number, label?: string) => void {
  const rows = new Map<string, Row>();
  const rowOf = (label: string): Row => {
    const row = rows.get(label) ?? { counts: new Float64Array(bounds.length + 1), sum: 0 };
    rows.set(label, row);
    return row;
  };
  if (labelName === undefined) rowOf("");

  const valuesOf = (label: string, { counts, sum }: Row): readonly Value[] => {
    const labels = labelName === undefined ? {} : { [labelName]: label };
    let count = 0;
    const buckets = [...counts].map((more, index): Value => {
      count += more;
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
      values: [...rows].flatMap(([label, row]) => valuesOf(label, row)),
    }),
  };
  // What a registry asks of a metric is its name and `get()`.
  registry.registerMetric(metric as unknown as Histogram);

  return (milliseconds, label = "") => {
    const seconds = milliseconds / 1000;
    const row = rows.get(label) ?? rowOf(label);
    let index = 0;
    while (seconds > (bounds[index] ?? Number.POSITIVE_INFINITY)) index += 1;
    row.counts[index] = (row.counts[index] ?? 0) + 1;
    row.sum += seconds;
  };
}

interface Value {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}
