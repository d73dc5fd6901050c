import { formatMoment, isMcpServer, providerWord, type SessionStoreContext } from "@tokenflow/common";
import type { Provider, Session } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";

/** Prints who signed in to what, where the session is stored, and the next commands. */
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
  terminal.say([who, `stored in ${where} (${description})`, ...until].join(" · "));
  if (previous !== undefined) terminal.say(`The previous login of this session was ${previous}.`);
  if (app !== undefined) terminal.say(`You gave consent to the app "${app}".`);
  const suffix = account === "default" ? "" : ` --account ${account}`;
  const word = providerWord(provider);
  const served = upstream ? [`tokenflow exec ${word}${suffix} -- <command>`, "tokenflow proxy"] : [];
  // The proxy serves models, and clients reach an MCP server by its bridge.
  const uses = isMcpServer(provider)
    ? [`tokenflow setup <client> --mcp ${word.slice("mcp:".length)}`]
    : served;
  if (token) terminal.say(`Next: ${[...uses, `tokenflow token ${word}${suffix}`].join(" · ")}`);
}

/** Returns the same for another program. */
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
