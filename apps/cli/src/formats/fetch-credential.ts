import type { SessionName, SessionStoreContext } from "@tokenflow/common";
import type { GetTokenOptions, Token, TokenManager } from "@tokenflow/core";
import { throughAgent } from "../agent/through-agent.ts";
import type { Context } from "../cli/command.ts";
import { formatCountdown } from "../terminal/format.ts";
import type { Credential } from "./credential.ts";
import { freshCredential } from "./fresh-credential.ts";
import { originsOf } from "./served-origins.ts";

/** The secret that the command line asks for. */
export interface CredentialRequest {
  readonly options: GetTokenOptions;
  /** True for the ID token in the place of the access token. */
  readonly idToken: boolean;
}

export interface OpenSession {
  readonly manager: TokenManager;
  readonly name: SessionName;
  readonly storeContext: SessionStoreContext;
}

/** Fetches the secret, and says on stderr what the person should know about it. */
export async function fetchCredential(
  { options, idToken }: CredentialRequest,
  { manager, name, storeContext }: OpenSession,
  context: Context,
): Promise<{ readonly credential: Credential; readonly token: Token }> {
  const { terminal } = context;
  const found = await freshCredential(throughAgent(manager, name, context), name, storeContext, {
    ...options,
    idToken,
    origins: await originsOf(name.provider, storeContext, context),
    onStale: (why) =>
      terminal.say(`tokenflow: could not refresh (${why.message}); this token is still valid.`),
  });
  const shortfall = tooShort(found.credential, options.minValidity);
  if (shortfall !== undefined) terminal.say(shortfall);
  return found;
}

/** Returns a remark if the token is not valid for as long as was asked: no service issues one on demand. */
function tooShort({ expiresAt }: Pick<Credential, "expiresAt">, minValidity = 0): string | undefined {
  const left = expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - Date.now();
  if (left >= minValidity) return undefined;
  return `tokenflow: the token is valid for ${formatCountdown(left)} only, less than --min-validity.`;
}
