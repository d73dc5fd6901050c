/** Environment variables as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Machine {
  readonly env: Environment;
  /** The person's home folder. */
  readonly home: string;
  /** As `process.platform` says it. */
  readonly platform: string;
}

/** Where the editors' plugins and the language server keep theirs; on macOS in `~/.config` too. */
export function pluginFolders(machine: Machine): readonly string[] {
  const { env, home } = machine;
  const own = machine.platform === "win32" ? localData(machine) : join(machine, home, ".config");
  const folders = [env["XDG_CONFIG_HOME"] || own, own];
  return [...new Set(folders.map((folder) => join(machine, folder, "github-copilot")))];
}

export function crushFile(machine: Machine): string {
  const chosen = machine.env["CRUSH_GLOBAL_DATA"];
  return chosen
    ? join(machine, chosen, "crush.json")
    : join(machine, dataFolder(machine), "crush", "crush.json");
}

/** Opencode uses the XDG folders on every platform. */
export function opencodeFile(machine: Machine): string {
  return join(machine, machine.env["XDG_DATA_HOME"] || shared(machine), "opencode", "auth.json");
}

export function join({ platform }: Machine, ...parts: readonly string[]): string {
  return parts.join(platform === "win32" ? "\\" : "/");
}

function dataFolder(machine: Machine): string {
  const own = machine.platform === "win32" ? localData(machine) : shared(machine);
  return machine.env["XDG_DATA_HOME"] || own;
}

function shared(machine: Machine): string {
  return join(machine, machine.home, ".local", "share");
}

function localData(machine: Machine): string {
  return machine.env["LOCALAPPDATA"] || join(machine, machine.home, "AppData", "Local");
}
