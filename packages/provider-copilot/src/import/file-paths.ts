import type { Environment } from "../service/github-variables.ts";

/** The facts about this machine that decide where files are. */
export interface SystemContext {
  /** The environment variables that name folders. @example process.env */
  readonly env: Environment;
  /** The person's home folder. @example homedir() */
  readonly home: string;
  /** The operating system, by Node's name for it. @example process.platform */
  readonly platform: string;
}

/** Returns the folders of the editors' plugins and the language server. On macOS they are in `~/.config` too. */
export function pluginFolders(system: SystemContext): readonly string[] {
  const { env, home } = system;
  const own = system.platform === "win32" ? localData(system) : join(system, home, ".config");
  const folders = [env["XDG_CONFIG_HOME"] || own, own];
  return [...new Set(folders.map((folder) => join(system, folder, "github-copilot")))];
}

export function crushFile(system: SystemContext): string {
  const chosen = system.env["CRUSH_GLOBAL_DATA"];
  return chosen
    ? join(system, chosen, "crush.json")
    : join(system, dataFolder(system), "crush", "crush.json");
}

/** Returns the file of opencode, which uses the XDG folders on every platform. */
export function opencodeFile(system: SystemContext): string {
  return join(system, system.env["XDG_DATA_HOME"] || shared(system), "opencode", "auth.json");
}

export function join({ platform }: SystemContext, ...parts: readonly string[]): string {
  return parts.join(platform === "win32" ? "\\" : "/");
}

function dataFolder(system: SystemContext): string {
  const own = system.platform === "win32" ? localData(system) : shared(system);
  return system.env["XDG_DATA_HOME"] || own;
}

function shared(system: SystemContext): string {
  return join(system, system.home, ".local", "share");
}

function localData(system: SystemContext): string {
  return system.env["LOCALAPPDATA"] || join(system, system.home, "AppData", "Local");
}
