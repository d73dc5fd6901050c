import type { KeyvStorageAdapter } from "keyv";
import { type Clock, systemClock } from "../base/clock.ts";
import { TokenFlowError } from "../base/errors.ts";
import { jsonObjectOf, omitUndefined } from "../base/json.ts";
import type { Grant } from "../contracts/call.ts";
import type { Provider } from "../contracts/provider.ts";
import type { Session } from "../contracts/session.ts";
import type { Encryption } from "../contracts/store.ts";
import { firstRevision, type SessionRecord, sessionKey } from "../record/record.ts";
import { toSession } from "../record/to-session.ts";
import type { Token } from "../token/token.ts";
import { isUnreadable, openRecordStore, type RecordStore } from "./record-store.ts";

export interface ImportSessionOptions {
  /** The provider that the session belongs to. @example createCopilotProvider() */
  readonly provider: Pick<Provider, "id" | "name" | "client">;
  /** The store that receives the session: any Keyv 6 adapter. @example createFileStore() */
  readonly store: KeyvStorageAdapter;
  /** The caller's own label for the session. @default "default" @example "work" */
  readonly account?: string | undefined;
  /**
   * The grant, stored without a request. A single-use grant must not be used anywhere else afterwards.
   * @default none
   * @example createOAuthGrant(refreshToken)
   */
  readonly grant?: Grant | undefined;
  /**
   * The token, served until its end. Without a grant the session ends with it.
   * @default none
   * @example new Token({ accessToken, issuedAt: Date.now() })
   */
  readonly token?: Token | undefined;
  /** The name of the account at the service, if it is known. @example "ada@example.com" */
  readonly login?: string | undefined;
  /** Replaces a session that is already there. @default false @example true */
  readonly overwrite?: boolean | undefined;
  /**
   * As `overwrite`, and also replaces a session that only a newer version or another key can read. That one is kept
   * aside.
   * @default false
   * @example true
   */
  readonly force?: boolean | undefined;
  /** Encrypts the stored session. @default none @example createKeyEncryption({ key }) */
  readonly encryption?: Encryption | undefined;
  /** Tells the time. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
}

/**
 * Stores a grant or a token of another program as a session, which managers then use. Signing out of it never
 * revokes it, since it belongs to the program that signed in.
 * @throws `provider.misconfigured` if a session is already there, or if neither is given; `store.newer` or
 * `store.key_missing` if it cannot be read; `store.*` if it cannot be stored
 */
export async function importSession(options: ImportSessionOptions): Promise<Session> {
  const {
    provider,
    store,
    account = "default",
    grant,
    token,
    login,
    overwrite = false,
    force = false,
  } = options;
  const { encryption, clock = systemClock } = options;
  if (!grant && !token) {
    throw new TokenFlowError("provider.misconfigured", "There is no grant and no token to import", {
      hint: "Give one of them.",
    });
  }
  const session = openRecordStore(store, sessionKey(provider.id, account), {
    clock,
    encryption,
    client: provider.client,
  });
  requireStorable(grant, "grant");
  requireStorable(token && { ...storedToken(token) }, "token");
  const record: SessionRecord = omitUndefined({
    revision: firstRevision(),
    provider: provider.id,
    account,
    client: provider.client,
    origin: "import",
    grant,
    token: token && storedToken(token),
    login,
  });
  // The lock waits for a redemption that is under way.
  await using _lock = await session.lock({});
  if (overwrite || force) {
    if (!force) await requireReadable(session);
    await session.overwrite(record);
  } else {
    const before = await session.read();
    const isFree = before.raw === undefined && (await session.replace(before, record)) !== undefined;
    if (!isFree) throw taken(provider);
  }
  return toSession(record, undefined);
}

function storedToken({
  accessToken,
  tokenType,
  scope,
  issuedAt,
  expiresAt,
  idToken,
  details,
}: Token): NonNullable<SessionRecord["token"]> {
  const lifetime = expiresAt === undefined ? undefined : expiresAt - issuedAt;
  return omitUndefined({ accessToken, tokenType, issuedAt, scope, lifetime, idToken, details });
}

/** @throws `store.newer`, `store.key_missing`: the session belongs to another version or key, and may be in use there */
async function requireReadable(session: RecordStore): Promise<void> {
  await session.read().catch((error: unknown) => {
    if (!isUnreadable(error)) return;
    const { code, message, hint } = error;
    throw new TokenFlowError(code, message, {
      hint: `${hint} Or replace it with force, which keeps it aside.`,
    });
  });
}

/** @throws `provider.misconfigured` for what JSON cannot hold */
export function requireStorable(value: object | undefined, what: string): void {
  if (value === undefined || jsonObjectOf(value)) return;
  throw new TokenFlowError("provider.misconfigured", `JSON cannot hold the given ${what}`, {
    hint: "Its fields must be plain JSON: no BigInt, function, cycle or NaN.",
  });
}

function taken({ name }: ImportSessionOptions["provider"]): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", `There is already a session of ${name}`, {
    hint: "Sign out of it first, use another account label, or overwrite it.",
  });
}
