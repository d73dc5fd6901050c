import { homedir } from "node:os";

/**
 * Returns the person's home folder, `undefined` if neither a variable nor the user database names one: in a container
 * with a number for a user, in a chroot. Nothing that needs no home may fail there.
 */
export function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
