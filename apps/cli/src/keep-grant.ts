import {
  createHttp,
  type Grant,
  importSession,
  isTokenFlowError,
  type Provider,
  systemClock,
  Token,
  TokenFlowError,
} from "@tokenflow/core";
import { keyOf, type SessionName } from "./sessions.ts";
import type { Place } from "./store.ts";
import { UsageError } from "./usage-error.ts";

interface GivenGrant {
  readonly provider: Provider;
  readonly name: SessionName;
  readonly grant: Grant;
  readonly overwrite: boolean;
}

/** A renewal of the grant, then the token. */
const MOST_STEPS = 2;

/**
 * Tries a grant from elsewhere at the service, and keeps it as a session if it is good. No signal ends this: a
 * grant may be single-use, and then its answer is all there is.
 * @param explain what to say of a refusal
 * @returns who signed in, where the service says so
 */
export async function keepGrant(
  { provider, name, grant: given, overwrite }: GivenGrant,
  place: Place,
  explain: (error: TokenFlowError) => TokenFlowError = (error) => error,
): Promise<string | undefined> {
  const { grant, login } = await tryGrant(provider, name, given).catch((error: unknown) => {
    throw isTokenFlowError(error) ? explain(error) : error;
  });
  const encryption = await place.encryption?.();
  const { store } = place;
  await importSession({ provider, store, account: name.account, grant, login, overwrite, encryption });
  return login;
}

/** @throws UsageError where a session is there, before anybody is troubled */
export async function refuseTaken({ store }: Place, name: SessionName): Promise<void> {
  if (!(await store.has(keyOf(name)))) return;
  throw new UsageError(
    `there is a session of ${name.provider} already, as account "${name.account}"`,
    "Name another with --account, or replace it with --overwrite.",
  );
}

async function tryGrant(
  provider: Provider,
  name: SessionName,
  given: Grant,
): Promise<{ readonly grant: Grant; readonly login: string | undefined }> {
  const call = { http: createHttp(), clock: systemClock };
  let grant = given;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const issuedAt = Date.now();
    const { token: redeemed, grant: next } = await provider.redeem(grant, call);
    grant = next ?? grant;
    if (!redeemed) continue;
    const token = new Token({ ...redeemed, issuedAt });
    // Shown only: nothing depends on it.
    const known = await provider.identify?.({ ...name, grant, token }, call).catch(() => undefined);
    return { grant, login: known?.login };
  }
  throw new TokenFlowError("provider.malformed", `${provider.name} answered without a token`);
}
