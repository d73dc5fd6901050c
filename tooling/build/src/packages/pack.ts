import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Packs a package as it is published and returns the path of the tarball. Only pnpm applies `publishConfig`.
 * @param destination the folder for the tarball
 */
export async function packPackage(folder: string, destination: string): Promise<string> {
  const { stdout } = await promisify(execFile)("pnpm", [
    "--dir",
    folder,
    "pack",
    "--json",
    "--pack-destination",
    destination,
  ]);
  return (JSON.parse(stdout) as { readonly filename: string }).filename;
}
