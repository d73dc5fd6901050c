import { extname, win32 } from "node:path";
import type { Context } from "../cli/command.ts";

/** What `spawn` is given. */
export interface SpawnPlan {
  readonly file: string;
  readonly args: readonly string[];
  readonly windowsVerbatimArguments?: true | undefined;
}

interface SpawnEnvironment {
  readonly platform: NodeJS.Platform;
  readonly env: Context["env"];
  readonly exists: (path: string) => boolean;
}

/** What Windows tries where a name has no ending. */
const ENDINGS = ".COM;.EXE;.BAT;.CMD";

/** Marks that mean something to cmd.exe. */
const CMD_MARKS = /[()\][%!^"`<>&|;, *?]/g;

/**
 * How a command is started. On Windows most tools of npm are `.cmd` files, which only cmd.exe runs, and which
 * Node starts no more without it (CVE-2024-27980).
 */
export function spawnPlan(program: string, args: readonly string[], machine: SpawnEnvironment): SpawnPlan {
  if (machine.platform !== "win32") return { file: program, args };
  const path = findOnWindows(program, machine) ?? program;
  if (!/\.(?:cmd|bat)$/i.test(path)) return { file: path, args };
  const line = [path.replace(CMD_MARKS, "^$&"), ...args.map(quoteForCmd)].join(" ");
  return {
    file: machine.env["ComSpec"] || "cmd.exe",
    args: ["/d", "/s", "/c", `"${line}"`],
    windowsVerbatimArguments: true,
  };
}

function findOnWindows(program: string, { env, exists }: SpawnEnvironment): string | undefined {
  const hasFolder = /[\\/]/.test(program);
  const folders = hasFolder ? [""] : (env["Path"] ?? env["PATH"] ?? "").split(";").filter(Boolean);
  const endings = extname(program) === "" ? (env["PATHEXT"] || ENDINGS).split(";") : [""];
  return folders
    .flatMap((folder) => endings.map((ending) => win32.join(folder, program + ending)))
    .find(exists);
}

/** First for the program, which splits its line by quotes, then twice for cmd.exe: it reads a `.cmd` file's line again. */
function quoteForCmd(arg: string): string {
  const quoted = `"${arg.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, "$1$1")}"`;
  return quoted.replace(CMD_MARKS, "^$&").replace(CMD_MARKS, "^$&");
}
