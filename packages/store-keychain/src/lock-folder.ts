import { userInfo } from "node:os";
import { join } from "node:path";
import { TokenFlowError } from "@tokenflow/core";

/**
 * Where the keychain's locks lie: `.tokenflow/locks` in the home that the system's user database names. No
 * variable moves it, since two processes of one user that locked in two places would not keep each other out.
 * @throws `store.unavailable` where the user has no home
 */
export function lockFolder(): string {
  try {
    return join(userInfo().homedir, ".tokenflow", "locks");
  } catch {
    throw new TokenFlowError("store.unavailable", "This user has no home folder to keep locks in", {
      hint: "Give the user an entry in the system's user database.",
    });
  }
}
