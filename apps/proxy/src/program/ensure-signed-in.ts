import type { TokenManager } from "@tokenflow/core";

/** Signs a person in to the first session if nobody is signed in to any. */
export async function ensureSignedIn(
  managers: readonly TokenManager[],
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const states = await Promise.all(managers.map(async (manager) => (await manager.status()).state));
  const [manager] = managers;
  if (!manager || !states.every((state) => state === "signed_out" || state === "revoked")) return;
  const { name } = manager.provider;
  const session = await manager.signIn({
    signal,
    onUserCode({ userCode, verificationUri, notice }) {
      say(`Open ${verificationUri} and enter   ${userCode}`);
      say(`The code signs in to ${name}.${notice === undefined ? "" : ` ${notice}`}`);
    },
  });
  if (session.failure) throw session.failure;
  say(`Signed in to ${name}${session.login === undefined ? "" : ` as ${session.login}`}`);
}
