import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { packPackage } from "@tokenflow/build/pack";
import { readWorkspace } from "@tokenflow/build/workspace";

const ROOT = join(import.meta.dirname, "../../../..");

/** One of our packages, packed as it would be published. */
export interface Packed {
  readonly name: string;
  /** The tarballs that it needs from us: its own, and those of ours that it is made of, however deep. */
  readonly tarballs: readonly string[];
}

/** Packs every public package into a folder. */
export async function packAll(folder: string): Promise<readonly Packed[]> {
  await mkdir(folder, { recursive: true });
  const tarballs = new Map<string, string>();
  const parts = new Map<string, readonly string[]>();
  for (const { folder: place, manifest } of readWorkspace(ROOT)) {
    if (manifest.private) continue;
    tarballs.set(manifest.name, await packPackage(join(ROOT, place), folder));
    parts.set(manifest.name, Object.keys(manifest.dependencies ?? {}));
  }
  const needed = (name: string): readonly string[] => [
    name,
    ...(parts.get(name) ?? []).filter((part) => tarballs.has(part)).flatMap(needed),
  ];
  return [...tarballs.keys()].map((name) => ({
    name,
    tarballs: [...new Set(needed(name))].flatMap((part) => tarballs.get(part) ?? []),
  }));
}
