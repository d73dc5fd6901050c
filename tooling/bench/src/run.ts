/**
 * Measures and prints: `pnpm bench [area…] [--quick] [--against <commit>]`. Rewrites the section of each area, unless the
 * run is a quick one. `.output` keeps the figures and tables of every run.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createFolder, writeSection } from "@tokenflow/services";
import { type Area, isMet } from "./measure/result.ts";
import { type AreaReport, areaMarkdown, goalLines, machine } from "./report/report.ts";

const OUTPUT = join(import.meta.dirname, "../.output");

const AREAS: Readonly<Record<string, () => Promise<Area>>> = {
  "hot-path": async () => (await import("./hot-path/hot-path.ts")).hotPath,
  proxy: async () => (await import("./proxy/proxy.ts")).proxy,
  repairs: async () => (await import("./proxy/repairs.ts")).repairs,
  translations: async () => (await import("./proxy/translations.ts")).translations,
  usage: async () => (await import("./usage/usage.ts")).usage,
  startup: async () => (await import("./startup/startup.ts")).startup,
  contention: async () => (await import("./contention/contention.ts")).contention,
  stores: async () => (await import("./stores/stores.ts")).stores,
  weight: async () => (await import("./weight/weight.ts")).weight,
  against: async () => (await import("./against/against.ts")).against,
};

/** The areas that most readers look for. The others have a page of their own. */
const MAIN: ReadonlySet<string> = new Set(["hot-path", "proxy", "startup", "against"]);
const pageOf = (id: string): string => (MAIN.has(id) ? "docs/benchmarks.md" : "docs/benchmarks-in-detail.md");

const { values, positionals } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    against: { type: "string" },
    only: { type: "string" },
  },
  allowPositionals: true,
});
const unknown = positionals.filter((id) => !Object.hasOwn(AREAS, id));
if (unknown.length > 0) {
  const known = Object.keys(AREAS).join(", ");
  process.stderr.write(`bench: unknown area ${unknown.join(", ")}. Choose from: ${known}\n`);
  process.exit(2);
}
const isComparing = values.against !== undefined;
if (positionals.includes("against") && !isComparing) {
  process.stderr.write("bench: the area against needs --against <commit>.\n");
  process.exit(2);
}
const all = Object.keys(AREAS).filter((id) => id !== "against" || isComparing);
if (values.only === undefined) await runAll(positionals.length > 0 ? positionals : all);
else await measure(values.only);

async function runAll(ids: readonly string[]): Promise<void> {
  await mkdir(OUTPUT, { recursive: true });
  const reports: AreaReport[] = [];
  for (const id of ids) {
    process.stderr.write(`▸ ${id}\n`);
    const report = await runArea(id);
    reports.push(report);
    await writeFile(join(OUTPUT, `${id}.md`), areaMarkdown(report));
    process.stdout.write(`\n${areaMarkdown(report)}\n`);
    if (!values.quick)
      await writeSection(pageOf(id), `bench ${id}`, `${areaMarkdown(report)}\n_${machine()}._`);
  }
  const goals = reports.flatMap((report) => report.goals);
  const met = `${goals.filter(isMet).length} of ${goals.length} goals met.`;
  process.stdout.write(`${goalLines(reports)}\n${met}\n`);
}

/** Runs an area in its own process, so that no area runs in code that another one has warmed up. */
async function runArea(id: string): Promise<AreaReport> {
  const flags = [
    ...(values.quick ? ["--quick"] : []),
    ...(values.against === undefined ? [] : ["--against", values.against]),
  ];
  const args = ["--expose-gc", import.meta.filename, "--only", id, ...flags];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  await once(child, "exit");
  if (child.exitCode !== 0) {
    process.stderr.write(`bench: ${id} failed, see above.\n`);
    process.exit(1);
  }
  return JSON.parse(await readFile(join(OUTPUT, `${id}.json`), "utf8")) as AreaReport;
}

async function measure(id: string): Promise<void> {
  const area = await AREAS[id]?.();
  if (!area) throw new Error(`Unknown area ${id}`);
  await using folder = await createFolder();
  const say = (step: string): void => void process.stderr.write(`  · ${step}\n`);
  const result = await area.run({ quick: values.quick, against: values.against, folder: folder.path, say });
  const report: AreaReport = { id, title: area.title, ...result };
  await writeFile(join(OUTPUT, `${id}.json`), JSON.stringify(report, undefined, 2));
}
