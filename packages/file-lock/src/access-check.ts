import { asRoot, insecure } from "./file-errors.ts";
import type { FileState } from "./file-system.ts";

/**
 * Refuses files that others can read and folders that others can write. On Windows the access list of the profile
 * folder keeps others out, and mode and owner mean nothing: there is no `user`, and nothing is refused.
 */
export interface AccessCheck {
  /** @throws `store.insecure`; `EISDIR` if it is not a file */
  file(path: string, state: FileState): void;
  /** @throws `store.insecure`; `ENOTDIR` if it is not a folder */
  folder(path: string, state: FileState): void;
  /**
   * Refuses a new folder below one that belongs to another user, whose programs could not use it.
   * @throws `store.insecure` if root is about to make it
   */
  newFolder(path: string, above: FileState): void;
}

export function createAccessCheck(user: number | undefined): AccessCheck {
  const check = (path: string, state: FileState, forbidden: number, problem: string, mode: string): void => {
    if (user === undefined) return;
    // For root the mistake is almost always the sudo, and not the owner.
    if (state.uid !== user && user === 0) throw asRoot(`${path} belongs to another user`, state.uid);
    if (state.uid !== user) throw insecure(path, "belongs to another user", `sudo chown ${user}`);
    if (state.mode & forbidden) throw insecure(path, problem, `chmod ${mode}`);
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
    newFolder: (path, above) => {
      if (user === 0 && above.uid !== 0) {
        throw asRoot(`${path} would belong to root in a folder of another user`, above.uid);
      }
    },
  };
}
