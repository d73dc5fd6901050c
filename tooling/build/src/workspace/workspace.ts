import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Manifest, readManifest } from "./manifest.ts";

/** One package of the workspace. */
export interface WorkspacePackage {
  /** Relative to the root: `packages/core`. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** The names of the files and folders beside its `package.json`. */
  readonly files: readonly string[];
}

/** The folders of `pnpm-workspace.yaml`. */
const GROUPS = ["packages", "apps", "tooling"];

/** Reads every package below `root`, sorted by folder. */
export function readWorkspace(root: string): readonly WorkspacePackage[] {
  return GROUPS.filter((group) => existsSync(join(root, group)))
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => ({
      folder,
      manifest: readManifest(join(root, folder)),
      files: readdirSync(join(root, folder)),
    }))
    .sort((a, b) => a.folder.localeCompare(b.folder));
}

/** Returns the path of an app's built program, from its `bin`. */
export function programOf(app: "cli" | "proxy"): string {
  const folder = resolve(import.meta.dirname, "../../../../apps", app);
  return join(folder, Object.values(readManifest(folder).bin ?? {})[0] ?? "");
}
