import { posix, win32 } from "node:path";
import { TokenFlowError } from "@tokenflow/core";

/** The hint if the folder cannot be used. */
export const FALLBACK_HINT = "Set TOKENFLOW_HOME to a folder on a local disk that you can write to.";

export interface SessionFolderOptions {
  /** The environment variables that name folders. @example process.env */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The operating system, by Node's name for it. @example process.platform */
  readonly platform: string;
  /**
   * The user's home folder, if there is one. A function is called only if no variable names a folder, and may throw.
   * @default none
   * @example homedir
   */
  readonly home?: string | (() => string | undefined) | undefined;
  /** The base of a relative `TOKENFLOW_HOME`. A function is called only for one. @example process.cwd */
  readonly cwd: string | (() => string);
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
  if (chosen) {
    // A folder on Windows may lack its drive.
    const from = platform !== "win32" && path.isAbsolute(chosen) ? "/" : asked(cwd);
    if (from !== undefined) return path.resolve(from, chosen);
    throw new TokenFlowError("store.unavailable", "The working folder is gone", {
      hint: "Set TOKENFLOW_HOME to an absolute path.",
    });
  }
  const base = platform === "win32" ? env["APPDATA"] : env["XDG_CONFIG_HOME"];
  if (base && path.isAbsolute(base)) return path.join(base, "tokenflow");
  const ownHome = asked(home);
  if (ownHome && path.isAbsolute(ownHome)) {
    return path.join(ownHome, ...(platform === "win32" ? ["AppData", "Roaming"] : [".config"]), "tokenflow");
  }
  throw new TokenFlowError("store.unavailable", "There is no home folder for sessions", {
    hint: "Set TOKENFLOW_HOME to a folder that only you can write to.",
  });
}

/** `homedir()` throws if neither a variable nor the user database names a home. */
function asked(fact: string | (() => string | undefined) | undefined): string | undefined {
  if (typeof fact !== "function") return fact;
  try {
    return fact();
  } catch {
    return undefined;
  }
}
