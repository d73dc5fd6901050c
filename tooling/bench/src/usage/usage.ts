import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { differenceOf, type Figure } from "../measure/figure.ts";
import { inRounds } from "../measure/in-rounds.ts";
import { type Area, atMost } from "../measure/result.ts";

const ROUNDS = 15;
/** A word of a model in its event, and the largest piece that a connection gives. */
const SIZES = [300, 4_096, 65_536] as const;
/** In megabytes. Large enough that nothing is collected while it is measured. */
const YOUNG = 128;

/** Measures what it costs to look for the usage in a stream that passes: the same loop with the reader and without. */
export const usage: Area = {
  title: "Reading the usage",
  async run({ quick, say }) {
    const rows: { readonly size: number; readonly time: Figure; readonly bytes: Figure }[] = [];
    for (const size of SIZES) {
      say(`chunks of ${size} bytes`);
      const figures = await inRounds(quick ? 1 : ROUNDS, ["reader", "loop"], (subject) =>
        measure(subject, size),
      );
      const over = (column: number): Figure | undefined =>
        differenceOf(figures["reader"]?.[column], figures["loop"]?.[column]);
      const [time, bytes] = [over(0), over(1)];
      if (time && bytes) rows.push({ size, time, bytes });
    }
    return {
      tables: [
        {
          about:
            "A stream passes in chunks of one size, in a process of its own. Both columns are the difference to the same loop without the reader. A copy would allocate at least the size of the chunk.",
          columns: ["one chunk [ns]", "allocated [B]"],
          rows: rows.map(({ size, time, bytes }) => [`chunks of ${size} B`, time, bytes]),
        },
      ],
      goals: rows.flatMap(({ size, time, bytes }) => [
        atMost(`reader for a chunk of ${size} B`, time, 1_000, "ns"),
        atMost(`reader allocates for a chunk of ${size} B`, bytes, 64, "B"),
      ]),
    };
  },
};

async function measure(subject: string, size: number): Promise<readonly number[]> {
  const program = join(import.meta.dirname, "chunks.ts");
  const flags = ["--expose-gc", `--min-semi-space-size=${YOUNG}`, `--max-semi-space-size=${YOUNG}`];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, subject, String(size)]);
  return JSON.parse(stdout) as readonly number[];
}
