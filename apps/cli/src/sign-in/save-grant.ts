import { type SessionStoreContext, UsageError } from "@tokenflow/common";
import {
  createTokenManager,
  type Grant,
  importSession,
  isTokenFlowError,
  type Provider,
  Token,
  TokenFlowError,
} from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import { keyOf, type SessionName } from "../session/sessions.ts";

interface ReceivedGrant {
  readonly provider: Provider;
  readonly name: SessionName;
  readonly grant: Grant;
  readonly overwrite: boolean;
  /** Whose it is, where that was asked already. */
  readonly login?: string | undefined;
}

/** A renewal of the grant, then the token. */
const MAX_STEPS = 2;

/**
 * Keeps a grant from elsewhere as a session if the service says that it is good. One that is not single-use is
 * tried first. A single-use one is stored first and redeemed like any other: what its redemption brings would
 * otherwise be nowhere but here.
 * @param explain what to say of a refusal
 * @returns who signed in, where the service says so
 */
export async function saveGrant(
  given: ReceivedGrant,
  place: SessionStoreContext,
  explain: (error: TokenFlowError) => TokenFlowError = (error) => error,
): Promise<string | undefined> {
  const { provider, grant } = given;
  try {
    if (provider.grantReplay(grant) !== "always") return await storeAndRedeem(given, place);
    const tried = await tryGrant(given);
    await store({ ...given, grant: tried.grant }, place, tried.login);
    return tried.login;
  } catch (error) {
    const isTheirs = isTokenFlowError(error) && !error.code.startsWith("store.");
    throw isTheirs ? explain(error) : error;
  }
}

async function storeAndRedeem(given: ReceivedGrant, place: SessionStoreContext): Promise<undefined> {
  await store(given, place, undefined);
  const encryption = await place.encryption?.();
  const { account } = given.name;
  await using manager = createTokenManager({
    provider: given.provider,
    store: place.store,
    account,
    encryption,
  });
  try {
    await manager.getToken();
  } catch (error) {
    // Refused for good: what nobody can use is not kept. Anything else may pass, and the grant stays.
    if (isTokenFlowError(error, "session.revoked")) await manager.signOut();
    throw error;
  }
}

async function store(
  { provider, name, grant, overwrite }: ReceivedGrant,
  place: SessionStoreContext,
  login: string | undefined,
): Promise<void> {
  const encryption = await place.encryption?.();
  const { account } = name;
  await importSession({ provider, store: place.store, account, grant, login, overwrite, encryption });
}

/** @throws UsageError where a session is there, before anybody is troubled */
export async function rejectIfSignedIn({ store }: SessionStoreContext, name: SessionName): Promise<void> {
  if (!(await store.has(keyOf(name)))) return;
  throw new UsageError(
    `there is a session of ${name.provider} already, as account "${name.account}"`,
    "Name another with --account, or replace it with --overwrite.",
  );
}

async function tryGrant({
  provider,
  name,
  grant: given,
  login,
}: ReceivedGrant): Promise<{ readonly grant: Grant; readonly login: string | undefined }> {
  const call = { http: createHttp(), clock: systemClock };
  let grant = given;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const issuedAt = Date.now();
    const { token: redeemed, grant: next } = await provider.redeem(grant, call);
    grant = next ?? grant;
    if (!redeemed) continue;
    if (login !== undefined) return { grant, login };
    const token = new Token({ ...redeemed, issuedAt });
    // Shown only: nothing depends on it.
    const known = await provider.identify?.({ ...name, grant, token }, call).catch(() => undefined);
    return { grant, login: known?.login };
  }
  throw new TokenFlowError("provider.malformed", `${provider.name} answered without a token`);
}
