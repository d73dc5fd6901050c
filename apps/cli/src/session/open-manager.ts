import {
  readEnvCredential,
  requireProvider,
  type SessionName,
  type SessionStoreContext,
} from "@tokenflow/common";
import {
  createTokenManager,
  isTokenFlowError,
  type Provider,
  type TokenFlowEvent,
  type TokenManager,
  type Upstream,
} from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { sessionFetch } from "../cli/outbound-proxies.ts";
import { rejectedCredentialError } from "./env-credentials.ts";
import { chooseSession, notSignedIn } from "./sessions.ts";
import { openStore } from "./store.ts";
import { withUpstream } from "./upstream.ts";

interface OpenManagerOptions {
  readonly onEvent?: ((event: TokenFlowEvent) => void) | undefined;
  /** Another host of the service, for a sign-in. */
  readonly host?: string | undefined;
  /** The provider itself, if the settings alone do not make it. @default the provider of the session's name */
  readonly provider?: Provider | undefined;
  /** The API for a provider that has none of its own. */
  readonly upstream?: Upstream | undefined;
}

/** Opens the manager of one session, over the environment's credential if there is one, else over the store. Close it. */
export async function openManager(
  { provider: id, account }: SessionName,
  { store, encryption, config }: SessionStoreContext,
  context: Context,
  options: OpenManagerOptions = {},
): Promise<TokenManager> {
  const { env } = context;
  const module = await requireProvider(id, config).load();
  const loaded = options.provider ?? module.createProvider(env, options.host);
  const provider = options.upstream ? withUpstream(loaded, options.upstream) : loaded;
  const onEvent = createEventListener(context, options.onEvent);
  const credentials = module.readCredentials(env);
  const hasCredentials = Object.keys(credentials).length > 0;
  const origin = hasCredentials ? credentials : { store, encryption: await encryption?.() };
  return createTokenManager({ provider, account, onEvent, fetch: sessionFetch(env), ...origin });
}

/** Runs `use` with the session that the command line means, then closes it. Errors name the session and its store. */
export async function withSession<Result>(
  wanted: { readonly provider: string | undefined; readonly account: string | undefined },
  context: Context,
  use: (manager: TokenManager, name: SessionName, storeContext: SessionStoreContext) => Promise<Result>,
  options: OpenManagerOptions = {},
): Promise<Result> {
  await using storeContext = await openStore(context);
  const name = await chooseSession(wanted, storeContext, context.env);
  try {
    await using manager = await openManager(name, storeContext, context, options);
    return await use(manager, name, storeContext);
  } catch (error) {
    const credential = await readEnvCredential(name.provider, context.env);
    if (credential && isTokenFlowError(error, "session.revoked"))
      throw rejectedCredentialError(credential, name.provider);
    throw isTokenFlowError(error, "session.signed_out") ? notSignedIn(storeContext.where, name) : error;
  }
}

/** Passes events on, and prints each with `--verbose`. */
export function createEventListener(
  { verbose, terminal }: Context,
  onEvent?: (event: TokenFlowEvent) => void,
): (event: TokenFlowEvent) => void {
  return (event) => {
    onEvent?.(event);
    if (verbose) terminal.say(terminal.dim(eventLine(event)));
  };
}

/** Events hold no secrets, so every member can be shown. */
function eventLine({ type, at: _at, provider, account, ...rest }: TokenFlowEvent): string {
  const facts = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [`${provider}/${account}`, type, ...facts].join(" ");
}
