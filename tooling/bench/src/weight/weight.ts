import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasServices } from "@tokenflow/services";
import { differenceOf, type Figure, figure } from "../measure/figure.ts";
import { hyperfine } from "../measure/hyperfine.ts";
import { installInto, installPeer, PEERS, type Peer } from "../measure/peers.ts";
import type { Area, Goal, Row, Table } from "../measure/result.ts";
import { bundle } from "./bundle.ts";
import { type Packed, packAll } from "./packed.ts";
import { OURS, THEIRS } from "./programs.ts";

/** What TokenFlow costs on the wire, on the disk, and before the first line of a program runs. */
export const weight: Area = {
  id: "weight",
  title: "Weight",
  async run({ quick, folder, say }) {
    say("bundles");
    const bundles = await bundleTable();
    say("the packed packages");
    const packed = await packAll(join(folder, "packed"));
    const installs = await installTable(quick ? packed.slice(0, 1) : packed, folder, say);
    say("imports");
    const imports = await importTable(join(folder, "import"), quick);
    const kB = (table: Table, name: string): Figure | undefined =>
      table.rows.find((row) => row.name.endsWith(name))?.cells[0];
    const goal = (says: string, measured: Figure | undefined, bound: number, unit: Goal["unit"]): Goal => {
      return { says, measured, bound, side: "at most", unit };
    };
    return {
      tables: [bundles, installs, ...(imports ? [imports.table] : [])],
      goals: [
        goal("core's own code", kB(bundles, OURS.own.name), 12, "kB"),
        goal("core with ky and keyv", kB(bundles, OURS.core.name), 32, "kB"),
        ...(imports ? [goal("importing core, over bare Node", imports.core, 10, "ms")] : []),
      ],
    };
  },
};

async function bundleTable(): Promise<Table> {
  const ours = Object.values(OURS).map(async (program): Promise<Row> => {
    const { gzip, minified, packages } = await bundle(program);
    return { name: program.name, cells: kilobytes(gzip, minified, packages.length), kind: "ours" };
  });
  const theirs = THEIRS.map(async (peer): Promise<Row> => {
    const code = `import * as all from "${peer}"; console.log(all);`;
    const { gzip, minified, packages } = await bundle({ code, folder: await installPeer(peer) });
    return { name: titleOf(peer), cells: kilobytes(gzip, minified, packages.length) };
  });
  return {
    title: "Bundled",
    about:
      "By esbuild, minified; compressed by gzip. Ours as written in the first column, of the others all that they export.",
    columns: [
      { title: "gzip", unit: "kB" },
      { title: "minified", unit: "kB" },
      { title: "packages in it", unit: "" },
    ],
    rows: await Promise.all([...ours, ...theirs]),
  };
}

async function installTable(
  packed: readonly Packed[],
  folder: string,
  say: (step: string) => void,
): Promise<Table> {
  const rows: Row[] = [];
  for (const { name, tarballs } of packed) {
    say(`npm install ${name}`);
    const place = join(folder, "install", name.replace("/", "+"));
    await installInto(place, tarballs);
    rows.push({ name, cells: await weigh(place), kind: "ours" });
  }
  for (const peer of THEIRS) rows.push({ name: titleOf(peer), cells: await weigh(await installPeer(peer)) });
  return {
    title: "Installed",
    about:
      "By npm into an empty folder, ours from the packed packages. Native parts are prebuilt for all systems and weigh most.",
    columns: [
      { title: "on disk", unit: "MB" },
      { title: "packages", unit: "" },
    ],
    rows,
  };
}

async function importTable(
  folder: string,
  quick: boolean,
): Promise<{ readonly table: Table; readonly core: Figure | undefined } | undefined> {
  if (!hasServices("hyperfine")) return undefined;
  await mkdir(folder, { recursive: true });
  const file = async (name: string, code: string, place = folder): Promise<string> => {
    const path = join(place, `${name}.mjs`);
    await writeFile(path, code);
    return `${process.execPath} ${path}`;
  };
  const core = join(import.meta.dirname, "../../../../packages/core/dist/index.js");
  const commands = [
    { name: "bare Node", line: await file("bare", "") },
    { name: "@tokenflow/core", line: await file("core", `import "${core}";`) },
    ...(await Promise.all(
      THEIRS.map(async (peer) => {
        const place = await installPeer(peer);
        return { name: titleOf(peer), line: await file("import-it", `import "${peer}";`, place) };
      }),
    )),
  ];
  const times = await hyperfine(commands, { folder, rounds: quick ? 1 : 15, runs: 2 });
  const over = (name: string): Figure | undefined => differenceOf(times.get(name), times.get("bare Node"));
  const rows = commands.slice(1).map(
    ({ name }): Row => ({
      name,
      cells: [over(name)],
      kind: name === "@tokenflow/core" ? "ours" : undefined,
    }),
  );
  return {
    table: {
      title: "Imported",
      about: "What `import` adds to the start of a program, over Node with an empty file.",
      columns: [{ title: "over bare Node", unit: "ms" }],
      rows,
    },
    core: over("@tokenflow/core"),
  };
}

/** Megabytes on disk and the number of packages below a folder's `node_modules`. */
async function weigh(folder: string): Promise<readonly Figure[]> {
  let bytes = 0;
  let packages = 0;
  const root = join(folder, "node_modules");
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    bytes += (await stat(path)).size;
    if (/node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(path)) packages += 1;
  }
  return [figure([bytes / 1e6]), figure([packages])];
}

function titleOf(peer: Peer): string {
  return `${peer} ${PEERS[peer]}`;
}

function kilobytes(gzip: number, minified: number, packages: number): readonly Figure[] {
  return [figure([gzip / 1000]), figure([minified / 1000]), figure([packages])];
}
