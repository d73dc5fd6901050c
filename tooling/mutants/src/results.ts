import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSection } from "@tokenflow/services";
import type { Measured, Survivor } from "./measure-room.ts";
import { REASONS } from "./reasons.ts";
import { ROOMS, type Room } from "./rooms.ts";

const FILE = join(import.meta.dirname, "../results.json");
/** Longer code is cut in the list. */
const MAX_CODE = 90;

type Results = Readonly<Record<string, Measured>>;

async function readResults(): Promise<Results> {
  return JSON.parse(await readFile(FILE, "utf8")) as Results;
}

export async function keepResult({ name }: Room, measured: Measured): Promise<void> {
  await writeFile(FILE, `${JSON.stringify({ ...(await readResults()), [name]: measured }, undefined, 2)}\n`);
}

/** Writes the figures into docs/proof.md, and what survived into docs/mutants.md. */
export async function writePages(): Promise<void> {
  const results = await readResults();
  const rows = ROOMS.map(({ name, goal }) => {
    const measured = results[name];
    if (!measured) return `| ${name} | | | | ${goal} % | *not measured* |`;
    const { date, killed, total, survivors } = measured;
    const explained = survivors.filter((survivor) => reasonOf(survivor) !== undefined).length;
    return `| ${name} | ${total} | ${killed} | ${((100 * killed) / total).toFixed(1)} % | ${goal} % | ${date}; ${explained} of ${survivors.length} survivors explained |`;
  });
  const head = "| room | changes | noticed | share | goal | |\n|---|---|---|---|---|---|";
  await writeSection("docs/proof.md", "mutants", `${head}\n${rows.join("\n")}`);
  const lists = ROOMS.flatMap(({ name }) => {
    const survivors = results[name]?.survivors ?? [];
    return survivors.length === 0 ? [] : [`## ${name}\n\n${survivors.map(lineOf).join("\n")}`];
  });
  await writeSection("docs/mutants.md", "survivors", lists.join("\n\n"));
}

function lineOf(survivor: Survivor): string {
  const { file, line, before, after } = survivor;
  const reason = reasonOf(survivor);
  const place = `[${file.split("/").at(-1)}:${line}](../${file})`;
  return `- ${place}: ${code(before)} → ${code(after)}${reason === undefined ? "" : `. ${reason}`}`;
}

function reasonOf({ file, before, after }: Survivor): string | undefined {
  return REASONS.find(
    (one) => file.endsWith(one.file) && before.includes(one.before) && after.includes(one.after),
  )?.reason;
}

function code(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").replaceAll("`", "'");
  return `\`${line.length > MAX_CODE ? `${line.slice(0, MAX_CODE)}…` : line}\``;
}
