import { readFileSync } from "node:fs";
import { join } from "node:path";
import { programOf } from "@tokenflow/build/program";
import { readDocuments, root } from "../../src/documents.ts";
import { commandNames, readHelp } from "../../src/read-help.ts";

/** A command line in a document. */
export interface Line {
  /** `README.md:12` */
  readonly place: string;
  readonly words: readonly string[];
}

/** Begins a line that a shell runs: `$ `, or settings for one command. */
const BEFORE = /^(\$ |[A-Z_]+=\S+ )+/;

/** Every command of every block for a shell, and of what a terminal shows behind `$ `. */
export function commandLines(): readonly Line[] {
  return readDocuments().flatMap(({ path, blocks }) =>
    blocks.flatMap(({ language, code, line }) =>
      code
        .replaceAll("\\\n", "  ")
        .split("\n")
        .map((text, index) => ({ text: text.trim(), place: `${path}:${line + index}` }))
        .filter(({ text }) => (language === "sh" ? !text.startsWith("#") : text.startsWith("$ ")))
        .flatMap(({ text, place }) =>
          // What stands in `$(…)` and behind `|` or `&&` is a command too.
          text
            .replace(/ #.*$/, "")
            .replaceAll(/'[^']*'/g, "''")
            .split(/\$\(|<\(|\||&&|;/)
            .map((part) => ({ place, words: wordsOf(part) })),
        ),
    ),
  );
}

function wordsOf(text: string): readonly string[] {
  const words = text.trim().replace(BEFORE, "").replaceAll(/[)"]/g, " ").split(/\s+/).filter(Boolean);
  const at = words.indexOf("--");
  // `npm run -s tokenflow -- login` is `tokenflow login`; what stands behind a later `--` is another program's.
  if (words[0] !== "npm" || at < 0) return at < 0 ? words : words.slice(0, at);
  const script = words.slice(1, at).findLast((word) => !word.startsWith("-"));
  return wordsOf([script === "start" ? "tokenflow-proxy" : script, ...words.slice(at + 1)].join(" "));
}

const scripts = (): readonly string[] => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  return Object.keys(manifest.scripts);
};

/** Commands of pnpm and npm that are no scripts of ours. */
const OF_PACKAGE_MANAGERS = new Set(["add", "ci", "create", "exec", "init", "install", "pack", "link"]);

const help = new Map<string, string>();
function flagsOf(program: "cli" | "proxy", ...args: readonly string[]): string {
  const key = [program, ...args].join(" ");
  const known = help.get(key) ?? readHelp(programOf(program), ...args);
  help.set(key, known);
  return known;
}

const NAMES = commandNames();

/** What is wrong with a command line; `undefined` where nothing is, or the program is not ours. */
export function problemOf({ words: [program = "", ...rest] }: Line): string | undefined {
  const flags = rest.filter((word) => word.startsWith("--")).map((word) => word.replace(/=.*/, ""));
  if (program === "tokenflow") return problemOfCommand(rest, flags);
  if (program === "tokenflow-proxy") return flags.find((flag) => !flagsOf("proxy").includes(flag));
  if (program === "demo") return flags.find((flag) => flag !== "--manual");
  if (program !== "npm" && program !== "pnpm") return undefined;
  const [first = "", second = ""] = rest.filter((word) => !word.startsWith("-"));
  const script = first === "run" ? second : first;
  if (first !== "run" && OF_PACKAGE_MANAGERS.has(first)) return undefined;
  return scripts().includes(script) ? undefined : script;
}

function problemOfCommand(rest: readonly string[], flags: readonly string[]): string | undefined {
  const [name = ""] = rest;
  if (["--help", "--version"].includes(name)) return undefined;
  if (!NAMES.includes(name)) return name || "no command";
  return flags.find((flag) => !flagsOf("cli", name).includes(flag));
}
