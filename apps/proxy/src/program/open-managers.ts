import type { SessionStoreContext } from "@tokenflow/common";
import { createTokenManager, type TokenFlowEvent, type TokenManager } from "@tokenflow/core";
import type { LockingStore } from "@tokenflow/core/store";
import {
  copilotCredentialsFromEnv,
  copilotOptionsFromEnv,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import { createHyperProvider, hyperCredentialsFromEnv, hyperOptionsFromEnv } from "@tokenflow/provider-hyper";
import type { Environment } from "./settings.ts";

/**
 * The sessions of each provider that the store has, the default one in any case; the environment may give that
 * one. Close them.
 * @throws `provider.misconfigured` for settings that cannot work; `store.key_missing`
 */
export async function openManagers(
  env: Environment,
  { store, encryption: openKey }: Pick<SessionStoreContext, "store" | "encryption">,
  onEvent: (event: TokenFlowEvent) => void,
): Promise<readonly TokenManager[]> {
  const providers = [
    { provider: createCopilotProvider(copilotOptionsFromEnv(env)), given: copilotCredentialsFromEnv(env) },
    { provider: createHyperProvider(hyperOptionsFromEnv(env)), given: hyperCredentialsFromEnv(env) },
  ];
  const accounts = await accountsOf(store);
  const encryption = await openKey?.();
  return providers.flatMap(({ provider, given }) => [
    createTokenManager({ provider, store, encryption, onEvent, ...given }),
    ...(accounts.get(provider.id) ?? []).map((account) =>
      createTokenManager({ provider, account, store, encryption, onEvent }),
    ),
  ]);
}

/** The accounts in the store beside the default one, by provider. */
async function accountsOf(store: LockingStore): Promise<ReadonlyMap<string, readonly string[]>> {
  const accounts = new Map<string, string[]>();
  for await (const key of store.keys()) {
    const slash = key.indexOf("/");
    const account = key.slice(slash + 1);
    if (slash <= 0 || account === "default") continue;
    const provider = key.slice(0, slash);
    accounts.set(provider, [...(accounts.get(provider) ?? []), account].sort());
  }
  return accounts;
}
