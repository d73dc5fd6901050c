import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../../corpus");

/** Inputs that broke a target once are kept for ever, whatever they reach. */
const BROKE = "broke-";

/** An input of earlier runs. */
export interface KeptInput {
  readonly file: string;
  readonly bytes: Uint8Array;
}

export async function readCorpus(target: string): Promise<KeptInput[]> {
  const folder = join(FOLDER, target);
  const files = await readdir(folder).catch(() => []);
  return await Promise.all(
    files
      .toSorted((a, b) => a.localeCompare(b))
      .map(async (file) => ({ file, bytes: await readFile(join(folder, file)) })),
  );
}

/** Replaces a target's inputs, but for those that broke it once. */
export async function writeCorpus(target: string, inputs: readonly Uint8Array[]): Promise<void> {
  const folder = join(FOLDER, target);
  await mkdir(folder, { recursive: true });
  const before = await readCorpus(target);
  const names = new Map(inputs.map((bytes) => [nameOf(bytes), bytes]));
  for (const { file } of before) {
    if (!file.startsWith(BROKE) && !names.has(file)) await rm(join(folder, file));
  }
  for (const [name, bytes] of names) await writeFile(join(folder, name), bytes);
}

/** Keeps an input that breaks a target. Returns its path. */
export async function keepBroken(target: string, bytes: Uint8Array): Promise<string> {
  const path = join(FOLDER, target, `${BROKE}${nameOf(bytes)}`);
  await mkdir(join(FOLDER, target), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

function nameOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 12);
}
