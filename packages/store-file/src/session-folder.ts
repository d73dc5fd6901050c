import { posix, win32 } from "node:path";
import { TokenFlowError } from "@tokenflow/core";

/** The hint if the folder cannot be used. */
export const FALLBACK_HINT = "Set TOKENFLOW_HOME to a folder on a local disk that you can write to.";

export interface SessionFolderOptions {
  /** The environment variables that name folders. @example process.env */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The operating system, by Node's name for it. @example process.platform */
  readonly platform: string;
  /** The user's home folder, if there is one. @default none @example homedir() */
  readonly home?: string | undefined;
  /** The base of a relative `TOKENFLOW_HOME`. @example process.cwd() */
  readonly cwd: string;
}

/**
 * Returns the default folder of sessions: `$TOKENFLOW_HOME`, else `$XDG_CONFIG_HOME/tokenflow`, else
 * `~/.config/tokenflow`; on Windows `%APPDATA%\tokenflow`. An empty variable counts as unset, and so does a
 * relative `XDG_CONFIG_HOME`, as the XDG base directory specification requires.
 * @throws `store.unavailable` if no variable and no home folder names one
 */
export function sessionFolder({ env, platform, home, cwd }: SessionFolderOptions): string {
  const path = platform === "win32" ? win32 : posix;
  const chosen = env["TOKENFLOW_HOME"];
  if (chosen) return path.resolve(cwd, chosen);
  const base = platform === "win32" ? env["APPDATA"] : env["XDG_CONFIG_HOME"];
  if (base && path.isAbsolute(base)) return path.join(base, "tokenflow");
  if (home && path.isAbsolute(home)) {
    return path.join(home, ...(platform === "win32" ? ["AppData", "Roaming"] : [".config"]), "tokenflow");
  }
  throw new TokenFlowError("store.unavailable", "There is no home folder for sessions", {
    hint: "Set TOKENFLOW_HOME to a folder that only you can write to.",
  });
}
