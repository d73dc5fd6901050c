import {
  createTokenManager,
  isTokenFlowError,
  type Provider,
  type TokenFlowEvent,
  type TokenManager,
  type TokenManagerOptions,
} from "@tokenflow/core";
import { formatError, UsageError } from "../messages/usage-error.ts";
import type { Environment } from "../settings/config.ts";
import type { SessionStoreContext } from "../stores/store-context.ts";
import { PROVIDERS } from "./bundled-providers.ts";
import { findProvider, providerIds, readEnvCredential } from "./registry.ts";
import { DEFAULT_ACCOUNT, listSessions, type SessionName } from "./session-names.ts";

export interface ServedSessionsOptions {
  readonly env: Environment;
  readonly storeContext: Pick<SessionStoreContext, "store" | "encryption" | "config" | "missing">;
  /** The session that answers requests which name none. @default the first that is signed in */
  readonly first?: SessionName | undefined;
  readonly onEvent: (event: TokenFlowEvent) => void;
}

/** The sessions behind a proxy. Disposing closes them. */
export interface ServedSessions extends AsyncDisposable {
  /** `first`, then those that are signed in, then the others. */
  readonly managers: readonly TokenManager[];
  /** True if there is no session yet, so that somebody has to sign in. */
  readonly isEmpty: boolean;
  /** One sentence for each provider that has sessions which are not served. */
  readonly skipped: readonly string[];
}

/**
 * Opens every session that a proxy can serve: for each provider with an upstream its default session, signed in or
 * not, and the other accounts in the store. The environment may give the default session. Without a store, only what it
 * gives is served.
 * @throws `provider.misconfigured` for settings of a bundled provider that cannot work; `store.key_missing`; the reason
 * why a session cannot be read; UsageError if `first` cannot be served
 */
export async function openServedSessions({
  env,
  storeContext,
  first,
  onEvent,
}: ServedSessionsOptions): Promise<ServedSessions> {
  const { store, config, missing } = storeContext;
  const stored = missing ? [] : await listSessions(storeContext);
  const encryption = await storeContext.encryption?.();
  const ids = new Set([...providerIds(config), ...stored.map(({ provider }) => provider)]);
  const unconfigured: string[] = [];
  const managers: TokenManager[] = [];
  const skipped: string[] = [];
  for (const id of ids) {
    const accounts = new Set([
      DEFAULT_ACCOUNT,
      ...accountsOf(id, stored),
      ...accountsOf(id, first ? [first] : []),
    ]);
    const source = await loadSource(id, config, env);
    if ("why" in source) {
      if (first?.provider === id) throw new UsageError(source.why, source.hint);
      const isUsed = accountsOf(id, stored).length > 0 || (await readEnvCredential(id, env)) !== undefined;
      if (isUsed && !findProvider(id, config)) unconfigured.push(id);
      else if (isUsed) skipped.push(formatError({ message: source.why, hint: source.hint }));
      continue;
    }
    const { provider, given } = source;
    for (const account of accounts) {
      const isGiven = account === DEFAULT_ACCOUNT && given !== undefined;
      if (missing && !isGiven) continue;
      const origin = isGiven ? given : { store, encryption };
      managers.push(createTokenManager({ provider, account, onEvent, ...origin }));
    }
  }
  if (missing && managers.length === 0) throw missing;
  if (unconfigured.length > 0) {
    const message = `sessions of other programs are not served: ${unconfigured.join(", ")}`;
    skipped.push(formatError({ message, hint: "To serve them, declare their providers in config.json." }));
  }
  return orderSessions(managers, first, skipped);
}

function accountsOf(id: string, names: readonly SessionName[]): readonly string[] {
  return names.filter(({ provider }) => provider === id).map(({ account }) => account);
}

type Source =
  | {
      readonly provider: Provider;
      /** The credential that the environment gives in place of the default session. */
      readonly given: Pick<TokenManagerOptions, "staticToken" | "grant"> | undefined;
    }
  | { readonly why: string; readonly hint?: string | undefined };

/** Loads a provider, or returns why its sessions cannot be served. */
async function loadSource(
  id: string,
  config: SessionStoreContext["config"],
  env: Environment,
): Promise<Source> {
  const entry = findProvider(id, config);
  if (!entry) return { why: `${id} is not served: config.json declares no such provider` };
  try {
    const module = await entry.load();
    const provider = module.createProvider(env);
    if (!provider.upstream) {
      return {
        why: `${id} is not served: its declaration in config.json has no upstream`,
        hint: `Run: tokenflow config set providers.${id}.upstream <url>`,
      };
    }
    const given = module.readCredentials(env);
    return { provider, given: Object.keys(given).length > 0 ? given : undefined };
  } catch (error) {
    // One wrong declaration does not keep the other providers from being served.
    if (Object.hasOwn(PROVIDERS, id) || !isTokenFlowError(error)) throw error;
    return { why: `${id} is not served: ${error.message}`, hint: error.hint };
  }
}

async function orderSessions(
  managers: readonly TokenManager[],
  first: SessionName | undefined,
  skipped: readonly string[],
): Promise<ServedSessions> {
  const close = async (): Promise<void> => {
    await Promise.all(managers.map((manager) => manager.close()));
  };
  try {
    const seen = await Promise.all(
      managers.map(async (manager) => ({ manager, state: (await manager.status()).state })),
    );
    // Says why it cannot be read: at the start that is for the person to correct.
    for (const { manager, state } of seen) if (state === "unavailable") await manager.getToken();
    const rank = ({ manager, state }: (typeof seen)[number]): number => {
      if (manager.provider.id === first?.provider && manager.account === first.account) return 0;
      return state === "signed_out" || state === "revoked" ? 2 : 1;
    };
    return {
      managers: seen.toSorted((a, b) => rank(a) - rank(b)).map(({ manager }) => manager),
      isEmpty: seen.every(({ state }) => state === "signed_out"),
      skipped,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
