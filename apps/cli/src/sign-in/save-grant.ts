import { keyOf, type SessionName, type SessionStoreContext, UsageError } from "@tokenflow/common";
import {
  createTokenManager,
  type Grant,
  type ImportSessionOptions,
  importSession,
  isTokenFlowError,
  type Provider,
  Token,
  TokenFlowError,
} from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import { verifySession, verifyToken } from "./verify-token.ts";

/** The sessions that may be replaced: none, those that can be read, or all. */
export type Replaces = Pick<ImportSessionOptions, "overwrite" | "force">;

interface ReceivedGrant {
  readonly provider: Provider;
  readonly name: SessionName;
  readonly grant: Grant;
  readonly replaces: Replaces;
  /** The login, if it is already known. */
  readonly login?: string | undefined;
}

/** One step may renew the grant, and the next one returns the token. */
const MAX_STEPS = 2;

/**
 * Stores an external grant as a session if the service accepts it. A grant that can be used again is tried first. A
 * single-use grant is stored before it is redeemed: otherwise a crash would lose the new grant.
 * @param explain turns the refusal of the service into the error to throw
 * @returns the login, if the service returns one
 */
export async function saveGrant(
  received: ReceivedGrant,
  storeContext: SessionStoreContext,
  explain: (error: TokenFlowError) => TokenFlowError = (error) => error,
): Promise<string | undefined> {
  const { provider, grant } = received;
  // Before the grant is tried, which may spend it.
  await rejectIfUnreadable(received, storeContext);
  try {
    if (provider.grantReplay(grant) !== "always") return await storeAndRedeem(received, storeContext);
    const tried = await tryGrant(received);
    await store({ ...received, grant: tried.grant }, storeContext, tried.login);
    return tried.login;
  } catch (error) {
    const isTheirs = isTokenFlowError(error) && !error.code.startsWith("store.");
    throw isTheirs ? explain(error) : error;
  }
}

async function storeAndRedeem(
  received: ReceivedGrant,
  storeContext: SessionStoreContext,
): Promise<undefined> {
  await store(received, storeContext, undefined);
  const encryption = await storeContext.encryption?.();
  const { account } = received.name;
  await using manager = createTokenManager({
    provider: received.provider,
    store: storeContext.store,
    account,
    encryption,
  });
  try {
    await verifySession(manager);
  } catch (error) {
    // A revoked grant is useless and is removed. Other errors may be temporary, so the grant stays.
    if (isTokenFlowError(error, "session.revoked")) await manager.signOut();
    throw error;
  }
}

async function store(
  { provider, name, grant, replaces }: ReceivedGrant,
  storeContext: SessionStoreContext,
  login: string | undefined,
): Promise<void> {
  const encryption = await storeContext.encryption?.();
  const { account } = name;
  await importSession({
    provider,
    store: storeContext.store,
    account,
    grant,
    login,
    ...replaces,
    encryption,
  });
}

/** @throws UsageError if a session exists, before the person is asked anything */
export async function rejectIfSignedIn({ store }: SessionStoreContext, name: SessionName): Promise<void> {
  if (!(await store.has(keyOf(name)))) return;
  throw new UsageError(
    `${name.provider} already has a session as account "${name.account}"`,
    "Choose another account with --account, or replace the session with --overwrite.",
  );
}

/** @throws `store.newer`, `store.key_missing`: a session that cannot be read is replaced only with --force */
export async function rejectIfUnreadable(
  { provider, name, replaces }: Pick<ReceivedGrant, "provider" | "name" | "replaces">,
  { store, encryption }: SessionStoreContext,
): Promise<void> {
  if (replaces.force) return;
  const { account } = name;
  await using manager = createTokenManager({ provider, store, account, encryption: await encryption?.() });
  const { failure } = await manager.status();
  if (failure?.code !== "store.newer" && failure?.code !== "store.key_missing") return;
  throw new TokenFlowError(failure.code, failure.message, {
    hint: `${failure.hint ?? ""} Or replace it with import --force, which keeps it aside.`.trim(),
  });
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
    const token = new Token({ ...redeemed, issuedAt });
    grant = await verifyToken(provider, { token, grant }, call);
    if (login !== undefined) return { grant, login };
    // Only shown, so a failure does not matter.
    const known = await provider.identify?.({ ...name, grant, token }, call).catch(() => undefined);
    return { grant, login: known?.login };
  }
  throw new TokenFlowError("provider.malformed", `${provider.name} returned no token`);
}
