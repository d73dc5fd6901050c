import { join, resolve } from "node:path";
import { readManifest } from "./manifest.ts";

const root: string = resolve(import.meta.dirname, "../../../..");

/** Where the program of an app lies once it is built: what its `bin` names. */
export function programOf(app: "cli" | "proxy"): string {
  const folder = join(root, "apps", app);
  return join(folder, Object.values(readManifest(folder).bin ?? {})[0] ?? "");
}
