import { spawnSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { hasServices } from "@tokenflow/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

let sandbox: Sandbox;
let path: string;

beforeAll(async () => {
  sandbox = await openSandbox();
  path = join(sandbox.home, "bin");
  await mkdir(path);
  await symlink(resolve(import.meta.dirname, "../../dist/bin.cjs"), join(path, "tokenflow"));
  await mkdir(sandbox.folder, { recursive: true, mode: 0o700 });
  const providers = { "oauth:id.example.com": { issuer: "https://id.example.com", clientId: "cli" } };
  await writeFile(join(sandbox.folder, "config.json"), JSON.stringify({ providers }));
});

afterAll(() => sandbox[Symbol.asyncDispose]());

async function scriptOf(shell: string): Promise<string> {
  const { exit, stdout, stderr } = await sandbox.run(["completion", shell]);
  expect([exit, stderr]).toEqual([0, ""]);
  const file = join(sandbox.home, `completion.${shell}`);
  await writeFile(file, stdout);
  return file;
}

function ask(shell: string, ...args: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = spawnSync(shell, args, {
    encoding: "utf8",
    env: { PATH: `${path}:${process.env["PATH"]}`, HOME: sandbox.home, ...sandbox.simulator.env },
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout.split("\n").filter(Boolean).sort();
}

test("bash completes commands, options, words and providers, also with a colon", async () => {
  const file = await scriptOf("bash");
  // Like readline, splits words at spaces and colons and passes the line.
  const complete = (line: string): readonly string[] => {
    const words = line.replaceAll(":", " : ").split(/ +/);
    const set = `COMP_LINE="$1" COMP_POINT=\${#1} COMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}) COMP_CWORD=${words.length - 1}`;
    return ask(
      "bash",
      "-c",
      `source ${file}; ${set}; _tokenflow; printf '%s\\n' "\${COMPREPLY[@]}"`,
      "bash",
      line,
    );
  };
  expect(complete("tokenflow st")).toEqual(["status", "stores"]);
  expect(complete("tokenflow token --min")).toEqual(["--min-validity"]);
  expect(complete("tokenflow stores ")).toEqual(["copy", "rotate"]);
  expect(complete("tokenflow token ")).toEqual(["copilot", "hyper", "oauth", "oauth:id.example.com"]);
  expect(complete("tokenflow token cop")).toEqual(["copilot"]);
  expect(complete("tokenflow logout oauth:id")).toEqual(["id.example.com"]);
  expect(ask("bash", "-c", `source ${file}; complete -p tokenflow`)).toEqual([
    "complete -o bashdefault -o default -F _tokenflow tokenflow",
  ]);
});

const hasFish = hasServices("fish");

test.skipIf(!hasFish)("fish completes the same", async () => {
  const file = await scriptOf("fish");
  const complete = (line: string): readonly string[] =>
    ask("fish", "--no-config", "-c", `source ${file}; complete -C '${line}'`).map(
      (answer) => answer.split("\t")[0] ?? "",
    );
  expect(complete("tokenflow st")).toEqual(["status", "stores"]);
  expect(complete("tokenflow token --min")).toEqual(["--min-validity"]);
  expect(complete("tokenflow token cop")).toEqual(["copilot"]);
  expect(complete("tokenflow logout oauth:id")).toEqual(["oauth:id.example.com"]);
});

const hasZsh = hasServices("zsh", "script");

test.skipIf(!hasZsh)("zsh completes the same", async () => {
  const file = await scriptOf("zsh");
  // zsh completes only in its line editor, so compadd and _describe are replaced by functions that print.
  const complete = (line: string): readonly string[] => {
    const words = line.split(" ");
    const program = `compdef() { }; compadd() { print -l -- "\${(@)@:#--}" }; _describe() { print -l -- "\${(@)\${(P)2}%%:*}" }; _files() { }
source ${file}; words=(${words.map((word) => `'${word}'`).join(" ")}); CURRENT=${words.length}; _tokenflow`;
    const last = words.at(-1) ?? "";
    return ask("zsh", "-f", "-c", program).filter((word) => word.startsWith(last));
  };
  expect(complete("tokenflow st")).toEqual(["status", "stores"]);
  expect(complete("tokenflow token --min")).toEqual(["--min-validity"]);
  expect(complete("tokenflow token cop")).toEqual(["copilot"]);
  expect(complete("tokenflow logout oauth:id")).toEqual(["oauth:id.example.com"]);
});

test("PowerShell's script has the same candidates, and its brackets are balanced", async () => {
  const { stdout } = await sandbox.run(["completion", "powershell"]);
  expect(stdout).toContain("Register-ArgumentCompleter -Native -CommandName tokenflow -ScriptBlock {");
  expect(stdout).toMatch(/^ {4}'token' = @\(.*'--min-validity'.*\)$/m);
  expect(stdout).toContain("'stores' = { @('copy', 'rotate') }");
  expect(stdout).toContain("'token' = { tokenflow completion providers 2>$null }");
  // Strings are removed first.
  const brackets = stdout.replaceAll(/'[^'\n]*'/g, "").match(/[(){}[\]]/g) ?? [];
  const open: string[] = [];
  for (const bracket of brackets) {
    if ("([{".includes(bracket)) open.push(bracket);
    else expect(open.pop()).toBe({ ")": "(", "]": "[", "}": "{" }[bracket]);
  }
  expect(open).toEqual([]);
});

test("another shell is exit 2, with the list of shells", async () => {
  const shells = "Shells: bash, zsh, fish, powershell";
  const cases = [
    [["completion"], `specify a shell. ${shells}`],
    [["completion", "fihs"], `no completion for fihs; did you mean fish? ${shells}`],
    [["completion", "tcl"], `no completion for tcl. ${shells}`],
  ] as const;
  for (const [args, says] of cases) {
    expect.soft(await sandbox.run(args)).toEqual({ exit: 2, stdout: "", stderr: `tokenflow: ${says}\n` });
  }
});
