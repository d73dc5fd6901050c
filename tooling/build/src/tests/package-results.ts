import { relative } from "node:path";

/** How the tests of one package ended. */
export interface PackageResult {
  readonly ok: boolean;
  /** From its first file to its last, in milliseconds. */
  readonly duration: number;
}

/** Where the results are written after a whole run, by folder: `packages/core`. */
export const RESULTS = ".output/packages.json";

/** Returns the folder of the package that a file belongs to: `packages/core`. */
export function packageOf(file: string, root: string): string {
  return relative(root, file).split(/[\\/]/).slice(0, 2).join("/");
}

/** Formats a duration: `8 s`, `3 min 41 s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
