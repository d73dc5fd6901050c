/** One area in a process of its own, so that none runs in what another has warmed up or filled. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AREAS } from "./areas.ts";

const [id = "", output = "", mode] = process.argv.slice(2);
const area = await AREAS[id]?.();
if (!area) throw new Error(`No area is called ${id}`);
const folder = await mkdtemp(join(tmpdir(), "tokenflow-bench-"));
try {
  const say = (step: string): void => void process.stderr.write(`  · ${step}\n`);
  const result = await area.run({ quick: mode === "quick", folder, say });
  await writeFile(output, JSON.stringify({ id, title: area.title, ...result }, undefined, 2));
} finally {
  await rm(folder, { recursive: true, force: true });
}
