import { posix, win32 } from "node:path";
import { TokenFlowError } from "@tokenflow/core";

/** What a person is told where the folder is no good. */
export const FALLBACK_HINT = "Set TOKENFLOW_HOME to a folder on a local disk that you can write.";

export interface SessionFolderOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As `process.platform`. */
  readonly platform: string;
  /** The user's home folder, where there is one. */
  readonly home?: string | undefined;
  /** Where a relative `TOKENFLOW_HOME` begins. */
  readonly cwd: string;
}

/**
 * The default place of sessions: `$TOKENFLOW_HOME`, else `$XDG_CONFIG_HOME/tokenflow`, else
 * `~/.config/tokenflow`; on Windows `%APPDATA%\tokenflow`. An empty variable counts as unset, and so does a
 * relative `XDG_CONFIG_HOME`, as the XDG base directory specification demands.
 * @throws `store.unavailable` where nothing names a place
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
  throw new TokenFlowError("store.unavailable", "There is no home folder to keep sessions in", {
    hint: "Set TOKENFLOW_HOME to a folder that only you can write.",
  });
}
