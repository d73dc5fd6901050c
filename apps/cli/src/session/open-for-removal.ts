import type { SessionName, SessionStoreContext } from "@tokenflow/common";
import { isUsageError } from "@tokenflow/common";
import {
  createTokenManager,
  isTokenFlowError,
  type Provider,
  TokenFlowError,
  type TokenManager,
} from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { problemText } from "../cli/problem.ts";
import { openManager } from "./open-manager.ts";
import { isConfigured } from "./sessions.ts";

/** A session that is to be removed. */
export interface Removable {
  readonly manager: TokenManager;
  /** Why it can be removed from this machine only. */
  readonly why?: string | undefined;
}

/**
 * Opens a session for its removal. Every session in the store can be removed, also one whose provider is not declared, or
 * is declared wrongly. Nothing is then known of the service, so that it cannot be asked to revoke the session.
 * @throws `store.*`
 */
export async function openForRemoval(
  name: SessionName,
  storeContext: SessionStoreContext,
  context: Context,
): Promise<Removable> {
  const { provider: id, account } = name;
  const bare = (why: string): Removable => ({
    manager: createTokenManager({ provider: bareProvider(id), account, store: storeContext.store }),
    why,
  });
  if (!isConfigured(name, storeContext)) return bare(`${id} is not configured here`);
  try {
    return { manager: await openManager(name, storeContext, context) };
  } catch (error) {
    if (isUsageError(error) || isTokenFlowError(error, "provider.misconfigured")) {
      return bare(`${id} cannot be used as it is configured (${problemText(error.message)})`);
    }
    throw error;
  }
}

/** A provider that can be asked for nothing. */
function bareProvider(id: string): Provider {
  const unknown = (): Promise<never> =>
    Promise.reject(new TokenFlowError("provider.misconfigured", `Nothing is known of ${id}`));
  return {
    id,
    name: id,
    requestDeviceCode: unknown,
    pollDeviceCode: unknown,
    redeem: unknown,
    grantReplay: () => "never",
  };
}
