import type { Client } from "../clients/client.ts";
import { CLIENTS, OTHER_PROGRAMS } from "../clients/table.ts";

/** A known client in a command line. */
export interface FoundClient {
  /** The name of its program. */
  readonly program: string;
  /** Absent for a program that no setting leads to the proxy. */
  readonly client?: Client | undefined;
  /** The index before which arguments can be put. Absent within a line for a shell. */
  readonly at?: number | undefined;
  /** True if a `--` must come before the arguments: `npm exec` would read them otherwise. */
  readonly needsDashes?: true | undefined;
}

/** Programs that run a package, and the words between them and its name. */
const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  npx: [],
  pnpx: [],
  bunx: [],
  npm: ["exec", "x"],
  pnpm: ["dlx", "exec"],
  yarn: ["dlx", "exec", "run"],
  bun: ["x", "run"],
};

/** Programs that run a file, or the rest of their words. */
const STARTERS: ReadonlySet<string> = new Set([
  "node",
  "bun",
  "deno",
  "env",
  "nohup",
  "nice",
  "time",
  "timeout",
  "stdbuf",
]);
const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "zsh", "dash", "fish"]);

/** Options of runners and starters that take the next word as their value. */
const WITH_VALUE: ReadonlySet<string> = new Set([
  "-p",
  "--package",
  "-r",
  "--require",
  "--import",
  "-u",
  "-n",
  "-k",
  "-s",
]);

/** Finds a known client by its program's base name, also behind `npx`, `node`, `env` and in a line for a shell. */
export function findClient(words: readonly string[], from = 0): FoundClient | undefined {
  const word = words[from];
  if (word === undefined) return undefined;
  const found = byName(word);
  if (found) return { ...found, at: from + 1 };
  const name = baseName(word);
  if (SHELLS.has(name)) return inShellLine(words.slice(from + 1));
  const verbs = Object.hasOwn(RUNNERS, name) ? RUNNERS[name] : undefined;
  if (verbs && (verbs.length === 0 || verbs.includes(words[from + 1] ?? ""))) {
    const start = from + (verbs.length === 0 ? 1 : 2);
    const at = skipOptions(words, start);
    const inner = findClient(words, at);
    const isRead =
      name === "npm" && inner?.at !== undefined && !words.slice(start, inner.at + 1).includes("--");
    return isRead ? { ...inner, needsDashes: true } : inner;
  }
  if (!STARTERS.has(name)) return undefined;
  const next = skipOptions(words, from + 1);
  return findClient(words, name === "timeout" ? next + 1 : next);
}

function skipOptions(words: readonly string[], from: number): number {
  let at = from;
  while (at < words.length) {
    const word = words[at] ?? "";
    if (WITH_VALUE.has(word)) at += 2;
    else if (word.startsWith("-") || /^\w+=/.test(word)) at += 1;
    else break;
  }
  return at;
}

function inShellLine(args: readonly string[]): FoundClient | undefined {
  const flag = args.findIndex((arg) => /^-\w*c$/.test(arg));
  const line = flag < 0 ? "" : (args[flag + 1] ?? "");
  for (const word of line.split(/[\s;&|()"'`$]+/)) {
    const found = byName(word);
    if (found) return found;
  }
  return undefined;
}

/** Finds a client by a program's name, a package with or without its version, or a path inside a package. */
function byName(word: string): FoundClient | undefined {
  const path = word.replaceAll("\\", "/");
  const spec = path.replace(/(?<=.)@[^/]*$/, "");
  const name = baseName(word);
  for (const client of Object.values(CLIENTS)) {
    const { programs = [], packages = [] } = client;
    const [program = ""] = programs;
    if (programs.includes(name)) return { program: name, client };
    if (packages.some((wanted) => spec === wanted || path.includes(`/node_modules/${wanted}/`)))
      return { program, client };
  }
  return Object.hasOwn(OTHER_PROGRAMS, name) ? { program: name } : undefined;
}

function baseName(word: string): string {
  const name = word.split(/[\\/]/).at(-1) ?? "";
  return name.replace(/\.(?:exe|cmd|bat|ps1|[cm]?js)$/i, "").toLowerCase();
}
