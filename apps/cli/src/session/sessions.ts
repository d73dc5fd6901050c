import {
  DEFAULT_ACCOUNT,
  findProvider,
  keyOf,
  listSessions,
  OAUTH,
  providerIds,
  providerWord,
  readEnvCredential,
  requireProvider,
  type SessionName,
  type SessionStoreContext,
  UsageError,
} from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";

/**
 * Lists the sessions that the environment gives, then the stored ones that they do not replace. Some may be another
 * program's: see {@link isConfigured}.
 */
export async function availableSessions(
  storeContext: SessionStoreContext,
  env: Context["env"],
): Promise<readonly SessionName[]> {
  const fromEnv: SessionName[] = [];
  for (const provider of providerIds(storeContext.config)) {
    if (await readEnvCredential(provider, env)) fromEnv.push({ provider, account: DEFAULT_ACCOUNT });
  }
  const shadowed = new Set(fromEnv.map(keyOf));
  const stored = await listSessions(storeContext);
  return [...fromEnv, ...stored.filter((name) => !shadowed.has(keyOf(name)))];
}

/** Returns false for a session of a provider that is neither bundled nor in `config.json`: another program stored it. */
export function isConfigured(
  { provider }: SessionName,
  { config }: Pick<SessionStoreContext, "config">,
): boolean {
  return findProvider(provider, config) !== undefined;
}

interface ChooseSessionOptions {
  /** Allows a session of a provider that is not configured, if the person names the provider. @default false */
  readonly unconfigured?: boolean | undefined;
}

/** @throws UsageError for a provider that is not known, and that has no stored session either */
export async function requireKnown(provider: string, storeContext: SessionStoreContext): Promise<void> {
  if (provider === OAUTH || findProvider(provider, storeContext.config)) return;
  if ((await listSessions(storeContext)).some((name) => isOf(name, provider))) return;
  requireProvider(provider, storeContext.config);
}

/**
 * Chooses the session for a command: the given one, else the only one, else the provider's `default`. `oauth` alone
 * means every OAuth server.
 * @throws UsageError with the names if several are left; `session.signed_out` if there is none
 */
export async function chooseSession(
  wanted: { readonly provider?: string | undefined; readonly account?: string | undefined },
  storeContext: SessionStoreContext,
  env: Context["env"],
  { unconfigured = false }: ChooseSessionOptions = {},
): Promise<SessionName> {
  const { provider, account } = wanted;
  if (provider !== undefined && provider !== OAUTH) {
    if (unconfigured) await requireKnown(provider, storeContext);
    else requireProvider(provider, storeContext.config);
    if (account !== undefined) return { provider, account };
    const byDefault = { provider, account: DEFAULT_ACCOUNT };
    if ((await readEnvCredential(provider, env)) || (await storeContext.store.has(keyOf(byDefault))))
      return byDefault;
  }
  const matches = (await availableSessions(storeContext, env)).filter(
    (name) =>
      (isConfigured(name, storeContext) || (unconfigured && provider !== undefined)) &&
      (provider === undefined || isOf(name, provider)) &&
      (account === undefined || name.account === account),
  );
  const [first, ...others] = matches;
  if (!first)
    throw notSignedIn(storeContext.where, provider === undefined ? undefined : { provider, account });
  if (others.length === 0) return first;
  const byDefault = matches.find((name) => name.account === DEFAULT_ACCOUNT);
  if (byDefault && matches.every((name) => name.provider === first.provider)) return byDefault;
  throw new UsageError(
    `several sessions match: ${matches.map((name) => `${providerWord(name.provider)} --account ${name.account}`).join(", ")}`,
    "Choose one of them.",
  );
}

/** Returns the error for a missing session. It says where the session was looked for. */
export function notSignedIn(
  where: string,
  name?: { readonly provider: string; readonly account?: string | undefined },
): TokenFlowError {
  const account = name?.account === undefined || name.account === DEFAULT_ACCOUNT ? "" : name.account;
  const who = name ? ` to ${providerWord(name.provider)}${account ? ` as account "${account}"` : ""}` : "";
  const target =
    name?.provider === OAUTH
      ? `${OAUTH} --issuer <url> --client-id <id>`
      : name && providerWord(name.provider);
  const command = `tokenflow login ${target ?? "copilot"}${account ? ` --account ${account}` : ""}`;
  return new TokenFlowError("session.signed_out", `not signed in${who} (looked in ${where})`, {
    hint: `Run: ${command}`,
  });
}

/** Returns true if a session belongs to the provider of the command line. */
export function isOf(name: SessionName, provider: string): boolean {
  return name.provider === provider || (provider === OAUTH && name.provider.startsWith(`${OAUTH}:`));
}
