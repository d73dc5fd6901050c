import { formatMoment, type SessionStoreContext } from "@tokenflow/common";
import type { Provider, Session } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";

/** Who signed in to what, where it is kept, and what to do next. */
export function printSignedIn(
  { login, token, provider, account }: Session,
  { name, upstream }: Provider,
  { where, description }: SessionStoreContext,
  { previous, app }: { readonly previous: string | undefined; readonly app: string | undefined },
  { terminal }: Context,
): void {
  const who = `Signed in to ${name}${login ? ` as ${terminal.bold(login)}` : ""}`;
  const until =
    token?.expiresAt === undefined ? [] : [`token until ${formatMoment(token.expiresAt, Date.now())}`];
  terminal.say([who, `kept in ${where} (${description})`, ...until].join(" · "));
  if (previous !== undefined) terminal.say(`This session was ${previous}'s before.`);
  if (app !== undefined) terminal.say(`The consent was given to the app "${app}".`);
  const suffix = account === "default" ? "" : ` --account ${account}`;
  const served = upstream ? [`tokenflow exec ${provider}${suffix} -- <command>`, "tokenflow proxy"] : [];
  if (token) terminal.say(`Next: ${[...served, `tokenflow token ${provider}${suffix}`].join(" · ")}`);
}

/** The same for a program. */
export function signedInJson(
  { provider, account, login, token }: Session,
  { kind, where }: SessionStoreContext,
): object {
  const expiresAt = token?.expiresAt;
  return {
    type: "signed_in",
    provider,
    account,
    login,
    expires_at: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    store: kind,
    where,
  };
}
