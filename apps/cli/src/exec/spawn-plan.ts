import { extname, win32 } from "node:path";
import type { Context } from "../cli/command.ts";

/** The arguments for `spawn`. */
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

/** The endings that Windows tries for a name without one. */
const DEFAULT_ENDINGS = ".COM;.EXE;.BAT;.CMD";

/** Characters with a meaning in cmd.exe. */
const CMD_META = /[()\][%!^"`<>&|;, *?]/g;

/**
 * Plans how to start a command. On Windows most npm tools are `.cmd` files. Only cmd.exe runs those, and Node no
 * longer starts them without it (CVE-2024-27980).
 */
export function spawnPlan(
  program: string,
  args: readonly string[],
  environment: SpawnEnvironment,
): SpawnPlan {
  if (environment.platform !== "win32") return { file: program, args };
  const path = findOnWindows(program, environment) ?? program;
  if (!/\.(?:cmd|bat)$/i.test(path)) return { file: path, args };
  const line = [path.replace(CMD_META, "^$&"), ...args.map(quoteForCmd)].join(" ");
  return {
    file: environment.env["ComSpec"] || "cmd.exe",
    args: ["/d", "/s", "/c", `"${line}"`],
    windowsVerbatimArguments: true,
  };
}

function findOnWindows(program: string, { env, exists }: SpawnEnvironment): string | undefined {
  const hasFolder = /[\\/]/.test(program);
  const folders = hasFolder ? [""] : (env["Path"] ?? env["PATH"] ?? "").split(";").filter(Boolean);
  const endings = extname(program) === "" ? (env["PATHEXT"] || DEFAULT_ENDINGS).split(";") : [""];
  return folders
    .flatMap((folder) => endings.map((ending) => win32.join(folder, program + ending)))
    .find(exists);
}

/** Quotes for the program, which splits its command line, and escapes twice for cmd.exe, which reads the line of a `.cmd` file twice. */
function quoteForCmd(arg: string): string {
  const quoted = `"${arg.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, "$1$1")}"`;
  return quoted.replace(CMD_META, "^$&").replace(CMD_META, "^$&");
}
