import { readdirSync, readFileSync } from "node:fs";
import type { Sighting } from "../judge/evidence.ts";
import type { Secret } from "../service/secrets.ts";

/** Returns the secrets in arguments and environments of the processes of a group. Reads `/proc`, so Linux only. */
export function findInProcesses(group: number, secrets: readonly Secret[]): readonly Sighting[] {
  const sightings: Sighting[] = [];
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const stat = read(`/proc/${id}/stat`);
    // The name is in parentheses, and may contain anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(fields[2]) !== group) continue;
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    for (const [place, text] of [
      ["the arguments", read(`/proc/${id}/cmdline`)],
      ["the environment", read(`/proc/${id}/environ`)],
    ] as const) {
      const secret = secrets.find((candidate) => text.includes(candidate.text));
      if (secret) sightings.push({ secret, place: `${place} of a process (${name})` });
    }
  }
  return sightings;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
