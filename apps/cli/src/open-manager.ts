import {
  createTokenManager,
  isTokenFlowError,
  type TokenFlowEvent,
  type TokenManager,
} from "@tokenflow/core";
import type { Context } from "./command.ts";
import { readGiven } from "./given.ts";
import { PROVIDERS, requireProvider } from "./providers.ts";
import { chooseSession, notSignedIn, type SessionName } from "./sessions.ts";
import { openStore, type Place } from "./store.ts";

interface OpenManagerOptions {
  readonly onEvent?: ((event: TokenFlowEvent) => void) | undefined;
  /** Another host of the service, for a sign-in. */
  readonly host?: string | undefined;
}

/** The manager of one session: over what the environment gives, else over the store. Close it. */
export async function openManager(
  { provider: id, account }: SessionName,
  { store, encryption, config }: Place,
  { env, verbose, terminal }: Context,
  options: OpenManagerOptions = {},
): Promise<TokenManager> {
  const given = readGiven(id, env);
  const provider = await requireProvider(id, config).load(env, options.host);
  const onEvent = (event: TokenFlowEvent): void => {
    options.onEvent?.(event);
    if (verbose) terminal.say(terminal.dim(eventLine(event)));
  };
  if (given?.kind === "token") {
    return createTokenManager({ provider, account, onEvent, staticToken: given.secret });
  }
  if (given?.kind === "grant") {
    const grant = await PROVIDERS[id]?.loadGrant(given.secret);
    return createTokenManager({ provider, account, onEvent, grant });
  }
  return createTokenManager({ provider, account, onEvent, store, encryption: await encryption?.() });
}

/** Runs `use` with the session that the command line means, and closes it. Errors name the session and its place. */
export async function withSession<Result>(
  wanted: { readonly provider: string | undefined; readonly account: string | undefined },
  context: Context,
  use: (manager: TokenManager, name: SessionName, place: Place) => Promise<Result>,
): Promise<Result> {
  await using place = await openStore(context);
  const name = await chooseSession(wanted, place, context.env);
  try {
    await using manager = await openManager(name, place, context);
    return await use(manager, name, place);
  } catch (error) {
    throw isTokenFlowError(error, "session.signed_out") ? notSignedIn(place.where, name) : error;
  }
}

/** Events hold no secrets, so all of one can be shown. */
function eventLine({ type, at: _at, provider, account, ...rest }: TokenFlowEvent): string {
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`);
  return [`${provider}/${account}`, type, ...facts].join(" ");
}
