import { type SessionStoreContext, shortenHome } from "@tokenflow/common";
import { isTokenFlowError, type TokenFlowError } from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import type { CopilotProvider } from "@tokenflow/provider-copilot";
import type { Context } from "../cli/command.ts";
import { loadCopilotProvider } from "../session/providers.ts";
import type { SessionName } from "../session/sessions.ts";
import { type FoundSignIn, findExternalSignIns, noSignIn } from "./find-external-sign-ins.ts";
import { saveGrant } from "./save-grant.ts";

interface Target {
  readonly provider: CopilotProvider;
  readonly name: SessionName;
  readonly place: SessionStoreContext;
  readonly overwrite: boolean;
}

/**
 * Keeps a sign-in of another program, if the service says that it is good, and says so. Where nobody wrote down which
 * app it is of, GitHub is asked: that decides whether Copilot takes it, and where it can be revoked.
 */
export async function importSignIn(
  found: FoundSignIn,
  { provider, name, place, overwrite }: Target,
  { terminal }: Context,
): Promise<void> {
  const { source, clientId } = found;
  const call = { http: createHttp(), clock: systemClock };
  const owner = await provider.getTokenOwner(found.grant(), call).catch((error: unknown) => {
    if (isTokenFlowError(error, "session.revoked")) throw noSignIn(source, error);
    // Whatever else it is, trying the sign-in itself says it better.
    return undefined;
  });
  const app = owner?.appName ?? owner?.clientId ?? clientId;
  const grant = found.grant(owner?.clientId);
  const login = await saveGrant(
    { provider, name, grant, overwrite, login: owner?.login },
    place,
    (error: TokenFlowError) => noSignIn(source, error, app),
  );
  const of = app === undefined ? "" : ` (app "${app}")`;
  const who = login === undefined ? "" : ` as ${terminal.bold(login)}`;
  terminal.say(
    `Imported from ${shortenHome(source)}${of} to ${provider.name}${who} · kept in ${place.where} (${place.description})`,
  );
}

/** Names what was found and cannot be used. */
export function printUnusable(
  unusable: readonly { readonly source: string; readonly reason: string }[],
  { terminal }: Context,
): void {
  for (const { source, reason } of unusable) terminal.say(`Not usable: ${shortenHome(source)}. ${reason}`);
}

/**
 * The first sign-in of another program that works becomes the session, in place of one that may be there. Says why
 * each that does not is none.
 * @returns whether there was one; without, the person signs in as always
 */
export async function importFirstSignIn(
  name: SessionName,
  place: SessionStoreContext,
  host: string | undefined,
  context: Context,
): Promise<boolean> {
  const { env, terminal } = context;
  const provider = await loadCopilotProvider(env, host);
  const { found, unusable } = await findExternalSignIns({ env, host: provider.host });
  printUnusable(unusable, context);
  for (const one of found) {
    try {
      await importSignIn(one, { provider, name, place, overwrite: true }, context);
      return true;
    } catch (error) {
      if (!isTokenFlowError(error) || error.code.startsWith("store.")) throw error;
      terminal.say(`${error.message}.`);
    }
  }
  if (found.length === 0) terminal.say(`No sign-in of another program was found for ${provider.host}.`);
  return false;
}
