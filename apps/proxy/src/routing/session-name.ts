import type { TokenManager } from "@tokenflow/core";

type Named = Pick<TokenManager, "provider" | "account">;

const DEFAULT_ACCOUNT = "default";

const ids = new WeakMap<Named, string>();

/** How events and settings call a session: `copilot/default`. Always the same string, so that maps find it quickly. */
export function sessionId(manager: Named): string {
  const known = ids.get(manager);
  if (known !== undefined) return known;
  const id = `${manager.provider.id}/${manager.account}`;
  ids.set(manager, id);
  return id;
}

/** Whether a word of a caller means this session: `copilot` any of that provider's, `copilot@work` one account. */
export function isNamed({ provider, account }: Named, word: string): boolean {
  return word === provider.id || word === `${provider.id}@${account}`;
}

/** Of several sessions that a word means, the default account is meant first, else the first one given. */
export function findNamed<Session extends { readonly manager: Named }>(
  sessions: readonly Session[],
  word: string,
): Session | undefined {
  const named = sessions.filter(({ manager }) => isNamed(manager, word));
  return named.find(({ manager }) => manager.account === DEFAULT_ACCOUNT) ?? named[0];
}
