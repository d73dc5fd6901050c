import type { SessionStoreContext } from "@tokenflow/common";
import {
  createTokenManager,
  isTokenFlowError,
  type TokenFlowEvent,
  type TokenManager,
  type Upstream,
} from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { readEnvCredential, rejectedCredentialError } from "./env-credentials.ts";
import { requireProvider } from "./providers.ts";
import { chooseSession, notSignedIn, type SessionName } from "./sessions.ts";
import { openStore } from "./store.ts";
import { withUpstream } from "./upstream.ts";

interface OpenManagerOptions {
  readonly onEvent?: ((event: TokenFlowEvent) => void) | undefined;
  /** Another host of the service, for a sign-in. */
  readonly host?: string | undefined;
  /** The API of a provider that names none. */
  readonly upstream?: Upstream | undefined;
}

/** The manager of one session: over what the environment gives, else over the store. Close it. */
export async function openManager(
  { provider: id, account }: SessionName,
  { store, encryption, config }: SessionStoreContext,
  { env, verbose, terminal }: Context,
  options: OpenManagerOptions = {},
): Promise<TokenManager> {
  const entry = requireProvider(id, config);
  const loaded = await entry.load(env, options.host);
  const provider = options.upstream ? withUpstream(loaded, options.upstream) : loaded;
  const onEvent = (event: TokenFlowEvent): void => {
    options.onEvent?.(event);
    if (verbose) terminal.say(terminal.dim(eventLine(event)));
  };
  if (readEnvCredential(id, env)) {
    return createTokenManager({ provider, account, onEvent, ...(await entry.loadCredentials(env)) });
  }
  return createTokenManager({ provider, account, onEvent, store, encryption: await encryption?.() });
}

/** Runs `use` with the session that the command line means, and closes it. Errors name the session and its place. */
export async function withSession<Result>(
  wanted: { readonly provider: string | undefined; readonly account: string | undefined },
  context: Context,
  use: (manager: TokenManager, name: SessionName, place: SessionStoreContext) => Promise<Result>,
  options: OpenManagerOptions = {},
): Promise<Result> {
  await using place = await openStore(context);
  const name = await chooseSession(wanted, place, context.env);
  try {
    await using manager = await openManager(name, place, context, options);
    return await use(manager, name, place);
  } catch (error) {
    const given = readEnvCredential(name.provider, context.env);
    if (given && isTokenFlowError(error, "session.revoked"))
      throw rejectedCredentialError(given, name.provider);
    throw isTokenFlowError(error, "session.signed_out") ? notSignedIn(place.where, name) : error;
  }
}

/** Events hold no secrets, so all of one can be shown. */
function eventLine({ type, at: _at, provider, account, ...rest }: TokenFlowEvent): string {
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`);
  return [`${provider}/${account}`, type, ...facts].join(" ");
}
