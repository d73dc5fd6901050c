import type { TokenManager } from "@tokenflow/core";
import { sessionKey } from "@tokenflow/core/store";

type Named = Pick<TokenManager, "provider" | "account">;

const DEFAULT_ACCOUNT = "default";

const ids = new WeakMap<Named, string>();

/** Returns the id of a session in events and metrics: `copilot/default`. Always the same string, for fast map lookups. */
export function sessionId(manager: Named): string {
  const known = ids.get(manager);
  if (known !== undefined) return known;
  const id = sessionKey(manager.provider.id, manager.account);
  ids.set(manager, id);
  return id;
}

/** Returns the name that selects exactly this session: `copilot`, or `copilot@work`. */
export function sessionName({ provider, account }: Named): string {
  return account === DEFAULT_ACCOUNT ? provider.id : `${provider.id}@${account}`;
}

/** Returns true if a caller's name selects this session: `copilot` any account, `copilot@work` one of them. */
export function isNamed({ provider, account }: Named, name: string): boolean {
  return name === provider.id || name === `${provider.id}@${account}`;
}

/** Finds the session that a name selects. Of several, the default account wins, then the first one. */
export function findNamed<Session extends { readonly manager: Named }>(
  sessions: readonly Session[],
  name: string,
): Session | undefined {
  const named = sessions.filter(({ manager }) => isNamed(manager, name));
  return named.find(({ manager }) => manager.account === DEFAULT_ACCOUNT) ?? named[0];
}
