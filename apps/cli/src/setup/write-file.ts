import { constants, copyFile, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "@tokenflow/common";
import { systemCode } from "@tokenflow/core/store";
import { type PlannedFile, read } from "./plan-file.ts";

/**
 * Writes a planned change atomically, after a copy of the old file. The mode and the owner stay.
 * @returns the path of the copy; `undefined` if there was no file
 * @throws UsageError if the file has changed since it was read, or cannot be written
 */
export async function writePlanned({
  path,
  target,
  before,
  after,
}: PlannedFile): Promise<string | undefined> {
  const temporary = `${target}.tokenflow-${process.pid}`;
  try {
    if (before === undefined) await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const backup = before === undefined ? undefined : await copyAside(target);
    const old = before === undefined ? undefined : await stat(target);
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(after);
      if (old) {
        await file.chmod(old.mode & 0o7777);
        const { uid, gid } = await file.stat();
        if (uid !== old.uid || gid !== old.gid) await file.chown(old.uid, old.gid);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (read(target) !== before)
      throw new UsageError(`${path} was changed by another program meanwhile`, "Try again.");
    await rename(temporary, target);
    return backup;
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `${path} cannot be written (${systemCode(error) ?? "unknown"})`,
      "Check the owner of its folder, and that the disk is not full.",
    );
  }
}

/** Copies a file beside itself, under the first free name. */
async function copyAside(path: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const copy = `${path}.bak${number === 1 ? "" : number}`;
    try {
      await copyFile(path, copy, constants.COPYFILE_EXCL);
      return copy;
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
}
