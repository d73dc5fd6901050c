import type { TokenManager } from "@tokenflow/core";

type Named = Pick<TokenManager, "provider" | "account">;

const DEFAULT_ACCOUNT = "default";

/** How events and settings call a session: `copilot/default`. */
export function sessionId({ provider, account }: Named): string {
  return `${provider.id}/${account}`;
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
