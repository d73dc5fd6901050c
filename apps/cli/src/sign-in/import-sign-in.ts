import {
  loadCopilotProvider,
  type SessionName,
  type SessionStoreContext,
  shortenHome,
} from "@tokenflow/common";
import { isTokenFlowError, type TokenFlowError } from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import type { CopilotProvider } from "@tokenflow/provider-copilot";
import type { Context } from "../cli/command.ts";
import { type FoundSignIn, findExternalSignIns, noSignIn } from "./find-external-sign-ins.ts";
import { type Replaces, saveGrant } from "./save-grant.ts";

interface Target {
  readonly provider: CopilotProvider;
  readonly name: SessionName;
  readonly storeContext: SessionStoreContext;
  readonly replaces: Replaces;
}

/**
 * Stores a sign-in of another program if the service accepts it, and prints the result. Asks GitHub which app issued
 * it: that decides if Copilot accepts it, and where it can be revoked.
 */
export async function importSignIn(
  found: FoundSignIn,
  { provider, name, storeContext, replaces }: Target,
  { terminal }: Context,
): Promise<void> {
  const { source, clientId } = found;
  const call = { http: createHttp(), clock: systemClock };
  const owner = await provider.getTokenOwner(found.grant(), call).catch((error: unknown) => {
    if (isTokenFlowError(error, "session.revoked")) throw noSignIn(source, error);
    // Any other error is clearer from the attempt to use the sign-in.
    return undefined;
  });
  const app = owner?.appName ?? owner?.clientId ?? clientId;
  const grant = found.grant(owner?.clientId);
  const login = await saveGrant(
    { provider, name, grant, replaces, login: owner?.login },
    storeContext,
    (error: TokenFlowError) => noSignIn(source, error, app),
  );
  const of = app === undefined ? "" : ` (app "${app}")`;
  const who = login === undefined ? "" : ` as ${terminal.bold(login)}`;
  terminal.say(
    `Imported from ${shortenHome(source)}${of} to ${provider.name}${who} · stored in ${storeContext.where} (${storeContext.description})`,
  );
}

/** Prints the sign-ins that were found and cannot be used. */
export function printUnusable(
  unusable: readonly { readonly source: string; readonly reason: string }[],
  { terminal }: Context,
): void {
  for (const { source, reason } of unusable) terminal.say(`Not usable: ${shortenHome(source)}. ${reason}`);
}

/**
 * Imports the first sign-in of another program that works, and replaces an existing session. Prints why the others
 * were not imported.
 * @returns true if one was imported; if not, the person signs in as usual
 */
export async function importFirstSignIn(
  name: SessionName,
  storeContext: SessionStoreContext,
  host: string | undefined,
  context: Context,
): Promise<boolean> {
  const { env, terminal } = context;
  const provider = await loadCopilotProvider(env, host);
  const { found, unusable } = await findExternalSignIns({ env, host: provider.host });
  printUnusable(unusable, context);
  for (const one of found) {
    try {
      await importSignIn(one, { provider, name, storeContext, replaces: { overwrite: true } }, context);
      return true;
    } catch (error) {
      if (!isTokenFlowError(error) || error.code.startsWith("store.")) throw error;
      terminal.say(`${error.message}.`);
    }
  }
  if (found.length === 0) terminal.say(`No sign-in of another program was found for ${provider.host}.`);
  return false;
}
