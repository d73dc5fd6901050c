import { homedir } from "node:os";
import { sep } from "node:path";

/** A path as people write it: `~/.config/tokenflow`. */
export function shortenHome(path: string, home: string = homedir()): string {
  if (path === home) return "~";
  return home !== "" && path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path;
}
