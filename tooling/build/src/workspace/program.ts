import { join, resolve } from "node:path";
import { readManifest } from "./manifest.ts";

const root: string = resolve(import.meta.dirname, "../../../..");

/** Returns the path of an app's built program, from its `bin`. */
export function programOf(app: "cli" | "proxy"): string {
  const folder = join(root, "apps", app);
  return join(folder, Object.values(readManifest(folder).bin ?? {})[0] ?? "");
}
