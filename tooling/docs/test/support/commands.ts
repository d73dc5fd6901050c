import { readFileSync } from "node:fs";
import { join } from "node:path";
import { programOf, readWorkspace } from "@tokenflow/build/workspace";
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

/** Every command of every block for a shell, of what a terminal shows behind `$ `, and between backticks. */
export function commandLines(): readonly Line[] {
  return readDocuments().flatMap(({ path, text, blocks }) => [
    ...blocks.flatMap(({ language, code, line }) =>
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
    ...inlineCommands(path, text),
  ]);
}

/** Between backticks in sentences, lists and tables, where it is called by the name of a program. */
function inlineCommands(path: string, text: string): readonly Line[] {
  const prose = text.replaceAll(/^( *)```[\s\S]*?^ *```$/gm, (block) => block.replaceAll(/[^\n]/g, ""));
  return prose.split("\n").flatMap((line, index) =>
    [...line.matchAll(/`((?:tokenflow|tokenflow-proxy|pnpm|npm|npx) [^`]+)`/g)].map(([, code = ""]) => ({
      place: `${path}:${index + 1}`,
      words: wordsOf(code.replaceAll("\\|", "|").replaceAll(/[[\]]/g, " ")),
    })),
  );
}

/** What a script of the root starts, where its flags are looked at. */
const STARTS: Readonly<Record<string, string>> = {
  demo: "demo",
  simulator: "simulator",
  start: "tokenflow-proxy",
  tokenflow: "tokenflow",
};

/** The words of one command, without what only leads to it: `npx`, `npm run … --`, settings. */
export function wordsOf(text: string): readonly string[] {
  const words = text.trim().replace(BEFORE, "").replaceAll(/[)"]/g, " ").split(/\s+/).filter(Boolean);
  if (words[0] === "npx")
    return wordsOf(
      words
        .slice(1)
        .join(" ")
        .replace(/^(-\S+ +)+/, ""),
    );
  const at = words.indexOf("--");
  if (at < 0) return words;
  // `npm run -s tokenflow -- login` is `tokenflow login`; what stands behind a later `--` is another program's.
  const script = words.slice(1, at).findLast((word) => !word.startsWith("-")) ?? "";
  const program = words[0] === "npm" ? STARTS[script] : undefined;
  const rest = words.slice(at + 1);
  if (program === undefined || rest.length === 0) return words.slice(0, at);
  return wordsOf([program, ...rest].join(" "));
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly packageManager: string;
  readonly scripts: Readonly<Record<string, string>>;
};

/** Commands of pnpm and npm that are no scripts of ours. */
const OF_PACKAGE_MANAGERS = new Set([
  "add",
  "ci",
  "create",
  "exec",
  "init",
  "install",
  "pack",
  "link",
  "pkg",
]);

const help = new Map<string, string>();
function flagsOf(program: "cli" | "proxy", ...args: readonly string[]): string {
  const key = [program, ...args].join(" ");
  const known = help.get(key) ?? readHelp(programOf(program), ...args);
  help.set(key, known);
  return known;
}

const NAMES = commandNames();

/** Flags of programs that have no `--help`. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  demo: ["--manual", "--mcp", "--clients", "--seconds"],
  simulator: ["--port", "--set"],
};

/** What is wrong with a command line; `undefined` where nothing is, or the program is not ours. */
export function problemOf({ words: [program = "", ...rest] }: Line): string | undefined {
  const flags = rest.filter((word) => word.startsWith("--")).map((word) => word.replace(/=.*/, ""));
  if (program === "tokenflow") return problemOfCommand(rest, flags);
  if (program === "tokenflow-proxy") return flags.find((flag) => !flagsOf("proxy").includes(flag));
  if (FLAGS[program]) return flags.find((flag) => !FLAGS[program]?.includes(flag));
  if (program.startsWith("pnpm@") && program !== manifest.packageManager) return program;
  return /^p?npm(@|$)/.test(program) ? problemOfScript(rest) : undefined;
}

function problemOfScript(rest: readonly string[]): string | undefined {
  const filter = rest.indexOf("--filter");
  const folder = readWorkspace(root).find(({ manifest }) => manifest.name === rest[filter + 1]);
  const scripts = filter < 0 ? manifest.scripts : folder?.manifest.scripts;
  const words = rest.filter((word, index) => !word.startsWith("-") && (filter < 0 || index !== filter + 1));
  const [first = "", second = ""] = words;
  const script = first === "run" ? second : first;
  if (script === "" || script === "…" || (first !== "run" && OF_PACKAGE_MANAGERS.has(first)))
    return undefined;
  return scripts?.[script] === undefined ? script : undefined;
}

function problemOfCommand(rest: readonly string[], flags: readonly string[]): string | undefined {
  const [name = ""] = rest;
  if (["--help", "--version"].includes(name)) return undefined;
  if (!NAMES.includes(name)) return name || "no command";
  return flags.find((flag) => !flagsOf("cli", name).includes(flag));
}
