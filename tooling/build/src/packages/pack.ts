import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { plainLinks } from "./readme-links.ts";

const run = promisify(execFile);

/**
 * Packs a package as it is published and returns the path of the tarball. Only pnpm applies `publishConfig`. In its
 * README, links to files of the repository become plain text.
 * @param destination the folder for the tarball
 */
export async function packPackage(folder: string, destination: string): Promise<string> {
  const args = ["--dir", folder, "pack", "--json", "--pack-destination", destination];
  const { stdout } = await run("pnpm", args);
  const { filename } = JSON.parse(stdout) as { readonly filename: string };
  const opened = await mkdtemp(join(tmpdir(), "tokenflow-readme-"));
  try {
    await run("tar", ["-xzf", filename, "-C", opened]);
    const readme = join(opened, "package/README.md");
    await writeFile(
      readme,
      plainLinks(await readFile(readme, "utf8"), await filesIn(join(opened, "package"))),
    );
    await run("tar", ["-czf", filename, "-C", opened, "package"]);
  } finally {
    await rm(opened, { recursive: true, force: true });
  }
  return filename;
}

/** Returns the paths of all files below a folder, relative to it. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}
