import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Returns true if all of these programs are installed. @throws if one is not, and `TOKENFLOW_REQUIRE_SERVICES` is 1 */
export function hasServices(...names: readonly string[]): boolean {
  return requireInstalled(names.filter((name) => !isInstalled(name)));
}

/** Returns true if nothing is missing, and says what is. @throws if something is, and `TOKENFLOW_REQUIRE_SERVICES` is 1 */
export function requireInstalled(missing: readonly string[]): boolean {
  if (missing.length > 0 && process.env["TOKENFLOW_REQUIRE_SERVICES"] === "1") {
    throw new Error(`Not installed: ${missing.join(", ")}`);
  }
  if (missing.length > 0) process.stderr.write(`Skipped: needs ${missing.join(" and ")} (not installed)\n`);
  return missing.length === 0;
}

/** Returns true if a program is installed. For those that CI need not have. */
export function isInstalled(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
