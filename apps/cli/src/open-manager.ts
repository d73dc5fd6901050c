import {
  createTokenManager,
  isTokenFlowError,
  type TokenFlowEvent,
  type TokenManager,
} from "@tokenflow/core";
import type { Context } from "./command.ts";
import { readGiven } from "./given.ts";
import { requireProvider } from "./providers.ts";
import { chooseSession, notSignedIn, type SessionName } from "./sessions.ts";
import { openStore, type Place } from "./store.ts";

/** The manager of one session: over what the environment gives, else over the store. Close it. */
export async function openManager(
  { provider: id, account }: SessionName,
  { store }: Place,
  { env, verbose, terminal }: Context,
  listen?: (event: TokenFlowEvent) => void,
): Promise<TokenManager> {
  const entry = requireProvider(id);
  const given = readGiven(id, env);
  const provider = await entry.load(env);
  const onEvent = (event: TokenFlowEvent): void => {
    listen?.(event);
    if (verbose) terminal.say(terminal.dim(eventLine(event)));
  };
  if (given?.kind === "token") {
    return createTokenManager({ provider, account, onEvent, staticToken: given.secret });
  }
  if (given?.kind === "grant") {
    return createTokenManager({ provider, account, onEvent, grant: await entry.loadGrant(given.secret) });
  }
  return createTokenManager({ provider, account, onEvent, store });
}

/** Runs `use` with the session that the command line means, and closes it. Errors name the session and its place. */
export async function withSession<Result>(
  wanted: { readonly provider: string | undefined; readonly account: string | undefined },
  context: Context,
  use: (manager: TokenManager, name: SessionName, place: Place) => Promise<Result>,
): Promise<Result> {
  const place = await openStore(context);
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
