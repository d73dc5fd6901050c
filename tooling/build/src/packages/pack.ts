import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Packs a package as it is published, and answers the tarball. By pnpm alone, which reads `publishConfig`.
 * @param place the folder for the tarball
 */
export async function packPackage(folder: string, place: string): Promise<string> {
  const { stdout } = await promisify(execFile)("pnpm", [
    "--dir",
    folder,
    "pack",
    "--json",
    "--pack-destination",
    place,
  ]);
  return (JSON.parse(stdout) as { readonly filename: string }).filename;
}
