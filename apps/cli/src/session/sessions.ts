import {
  DEFAULT_ACCOUNT,
  keyOf,
  listSessions,
  providerIds,
  readEnvCredential,
  type SessionName,
  type SessionStoreContext,
  UsageError,
} from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { OAUTH, requireProvider } from "./providers.ts";

export { keyOf, listSessions, type SessionName };

/** What is stored, and before it what the environment gives in place of it. */
export async function availableSessions(
  place: SessionStoreContext,
  env: Context["env"],
): Promise<readonly SessionName[]> {
  const given: SessionName[] = [];
  for (const provider of providerIds(place.config)) {
    if (await readEnvCredential(provider, env)) given.push({ provider, account: DEFAULT_ACCOUNT });
  }
  const shadowed = new Set(given.map(keyOf));
  const stored = await listSessions(place);
  return [...given, ...stored.filter((name) => !shadowed.has(keyOf(name)))];
}

/**
 * Which session a command is about: the one named, else the only one there is, else the provider's `default`.
 * `oauth` alone names every OAuth server.
 * @throws UsageError where that leaves several, with their names; `session.signed_out` where there is none
 */
export async function chooseSession(
  wanted: { readonly provider?: string | undefined; readonly account?: string | undefined },
  place: SessionStoreContext,
  env: Context["env"],
): Promise<SessionName> {
  const { provider, account } = wanted;
  if (provider !== undefined && provider !== OAUTH) {
    requireProvider(provider, place.config);
    if (account !== undefined) return { provider, account };
    const usual = { provider, account: DEFAULT_ACCOUNT };
    if ((await readEnvCredential(provider, env)) || (await place.store.has(keyOf(usual)))) return usual;
  }
  const fitting = (await availableSessions(place, env)).filter(
    (name) =>
      (provider === undefined || isOf(name, provider)) && (account === undefined || name.account === account),
  );
  const [first, ...others] = fitting;
  if (!first) throw notSignedIn(place.where, provider === undefined ? undefined : { provider, account });
  if (others.length === 0) return first;
  const usual = fitting.find((name) => name.account === DEFAULT_ACCOUNT);
  if (usual && fitting.every((name) => name.provider === first.provider)) return usual;
  throw new UsageError(
    `there are several sessions: ${fitting.map((name) => `${name.provider} --account ${name.account}`).join(", ")}`,
    "Name one of them.",
  );
}

/** The one way to say it; names the place that was looked in. */
export function notSignedIn(
  where: string,
  name?: { readonly provider: string; readonly account?: string | undefined },
): TokenFlowError {
  const account = name?.account === undefined || name.account === DEFAULT_ACCOUNT ? "" : name.account;
  const who = name ? ` to ${name.provider}${account ? ` as account "${account}"` : ""}` : "";
  const target = name?.provider === OAUTH ? `${OAUTH} --issuer <url> --client-id <id>` : name?.provider;
  const command = `tokenflow login ${target ?? "copilot"}${account ? ` --account ${account}` : ""}`;
  return new TokenFlowError("session.signed_out", `not signed in${who} (looked in ${where})`, {
    hint: `Run: ${command}`,
  });
}

/** Whether a session is one of the provider that was named on the command line. */
export function isOf(name: SessionName, provider: string): boolean {
  return name.provider === provider || (provider === OAUTH && name.provider.startsWith(`${OAUTH}:`));
}
