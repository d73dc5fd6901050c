import { spawnSync } from "node:child_process";
import { programOf } from "@tokenflow/build/program";

/** What the built program says of itself under `--help`, after the arguments. */
export function readHelp(program: string, ...args: readonly string[]): string {
  const { stdout } = spawnSync(process.execPath, [program, ...args, "--help"], {
    encoding: "utf8",
    env: { NO_COLOR: "1" },
  });
  if (stdout === "") throw new Error(`${program} says nothing. Has it been built?`);
  return stdout;
}

/** The names of the command line's commands, as its help lists them. */
export function commandNames(): readonly string[] {
  return [...readHelp(programOf("cli")).matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name = ""]) => name);
}
