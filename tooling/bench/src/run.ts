/**
 * Measures, and says what was found: `pnpm bench [area…] [--quick]`. A full run of all areas rewrites
 * docs/benchmarks.md; figures, tables and plots of every run lie in tooling/bench/.output.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AREAS } from "./areas.ts";
import { isMet } from "./measure/result.ts";
import { barPlot } from "./report/bar-plot.ts";
import { machine } from "./report/machine.ts";
import { type AreaReport, areaMarkdown, goalLines, wholeReport } from "./report/report.ts";

const OUTPUT = join(import.meta.dirname, "../.output");
const DOCUMENT = join(import.meta.dirname, "../../../docs/benchmarks.md");
const TRIED = join(import.meta.dirname, "../tried.md");

const { values, positionals } = parseArgs({
  options: { quick: { type: "boolean" } },
  allowPositionals: true,
});
const unknown = positionals.filter((id) => !Object.hasOwn(AREAS, id));
if (unknown.length > 0) {
  process.stderr.write(
    `bench: no area is called ${unknown.join(", ")}. There are: ${Object.keys(AREAS).join(", ")}\n`,
  );
  process.exit(2);
}
const ids = positionals.length > 0 ? positionals : Object.keys(AREAS);

await mkdir(OUTPUT, { recursive: true });
const begin = performance.now();
const reports: AreaReport[] = [];
for (const id of ids) {
  const start = performance.now();
  process.stderr.write(`▸ ${id}\n`);
  const report = await runArea(id);
  reports.push(report);
  await keep(report);
  process.stderr.write(`✓ ${id} (${Math.round((performance.now() - start) / 1000)} s)\n`);
  process.stdout.write(`\n${areaMarkdown(report)}\n`);
}

const met = reports.flatMap(({ goals }) => goals).filter(isMet).length;
const goals = reports.flatMap(({ goals: ofArea }) => ofArea).length;
process.stdout.write(`${goalLines(reports)}\n${met} of ${goals} goals met.\n`);

if (positionals.length === 0 && !values.quick) {
  const minutes = (performance.now() - begin) / 60_000;
  const tried = await readFile(TRIED, "utf8");
  await writeFile(DOCUMENT, wholeReport(reports, { machine: machine(), minutes, tried }));
  process.stderr.write("docs/benchmarks.md is written anew.\n");
}

async function runArea(id: string): Promise<AreaReport> {
  const output = join(OUTPUT, `${id}.json`);
  const program = join(import.meta.dirname, "run-area.ts");
  const mode = values.quick ? ["quick"] : [];
  const child = spawn(process.execPath, ["--expose-gc", program, id, output, ...mode], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  await once(child, "exit");
  if (child.exitCode !== 0) {
    process.stderr.write(`bench: ${id} failed, see above.\n`);
    process.exit(1);
  }
  return JSON.parse(await readFile(output, "utf8")) as AreaReport;
}

/** Beside its figures: its tables to read, and a plot of each. */
async function keep(report: AreaReport): Promise<void> {
  const { id, tables } = report;
  await writeFile(join(OUTPUT, `${id}.md`), areaMarkdown(report));
  for (const [index, table] of tables.entries()) {
    await writeFile(join(OUTPUT, `${id}-${index + 1}.svg`), barPlot(table));
  }
}
