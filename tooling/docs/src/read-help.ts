import { spawnSync } from "node:child_process";
import { programOf } from "@tokenflow/build/workspace";

/** Returns what the built program prints for `--help`, after the arguments. */
export function readHelp(program: string, ...args: readonly string[]): string {
  const { stdout } = spawnSync(process.execPath, [program, ...args, "--help"], {
    encoding: "utf8",
    env: { NO_COLOR: "1" },
  });
  if (stdout === "") throw new Error(`${program} prints nothing. Build it first.`);
  return stdout;
}

/** Returns the names of the commands in the command line's help. */
export function commandNames(): readonly string[] {
  return [...readHelp(programOf("cli")).matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name = ""]) => name);
}
