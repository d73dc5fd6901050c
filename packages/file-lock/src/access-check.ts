import { insecure } from "./file-errors.ts";
import type { FileState } from "./file-system.ts";

/**
 * Refuses what others could read, or change under our hands. Windows keeps others out by the profile folder's
 * access list and tells nothing by mode and owner: there is no `user` there, and nothing is refused.
 */
export interface AccessCheck {
  /** @throws `store.insecure`; `EISDIR` where it is no file */
  file(path: string, state: FileState): void;
  /** @throws `store.insecure`; `ENOTDIR` where it is no folder */
  folder(path: string, state: FileState): void;
}

export function createAccessCheck(user: number | undefined): AccessCheck {
  const check = (path: string, state: FileState, forbidden: number, trouble: string, mode: string): void => {
    if (user === undefined) return;
    if (state.uid !== user) throw insecure(path, "belongs to another user", `sudo chown ${user}`);
    if (state.mode & forbidden) throw insecure(path, trouble, `chmod ${mode}`);
  };
  return {
    file: (path, state) => {
      if (!state.isFile()) throw Object.assign(new Error("not a file"), { code: "EISDIR" });
      check(path, state, 0o077, "can be read by others", "600");
    },
    folder: (path, state) => {
      if (!state.isDirectory()) throw Object.assign(new Error("not a folder"), { code: "ENOTDIR" });
      check(path, state, 0o022, "can be written by others", "700");
    },
  };
}
