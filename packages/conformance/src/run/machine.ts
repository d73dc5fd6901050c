import { spawnSync } from "node:child_process";
import type { Need } from "../scenarios/scenario.ts";

/** What the machine can do for scenarios, and how. */
export interface Machine {
  readonly offers: ReadonlySet<Need>;
  /** Wraps a command so that its home is read-only. `undefined` if permissions do that. */
  readonly wrapReadOnly: ((command: string) => string) | undefined;
}

let known: Machine | undefined;

/** Looks once at what this machine can do. */
export function readMachine(): Machine {
  known ??= look();
  return known;
}

function look(): Machine {
  const isPosix = process.platform !== "win32";
  const isRoot = process.getuid?.() === 0;
  const offers = new Set<Need>(["process"]);
  if (isPosix) offers.add("signals");
  if (process.platform === "linux") offers.add("linux");
  if (isPosix && succeeds("faketime", ["-f", "+1h", "true"])) offers.add("faketime");
  // Permissions do not stop root, a read-only mount does.
  const canMount = isRoot && succeeds("unshare", ["--mount", "sh", "-c", READ_ONLY, "true"]);
  if (isPosix && (!isRoot || canMount)) offers.add("read-only");
  return { offers, wrapReadOnly: isRoot ? wrapReadOnly : undefined };
}

const READ_ONLY = 'mount --bind "$HOME" "$HOME" && mount -o remount,ro,bind "$HOME" && exec sh -c "$0"';

function wrapReadOnly(command: string): string {
  return `unshare --mount sh -c ${quote(READ_ONLY)} ${quote(command)}`;
}

/** Quotes a text for a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, [...args], { stdio: "ignore" }).status === 0;
}
