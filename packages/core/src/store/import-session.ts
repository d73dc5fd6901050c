import type { KeyvStorageAdapter } from "keyv";
import { type Clock, systemClock } from "../base/clock.ts";
import { TokenFlowError } from "../base/errors.ts";
import { omitUndefined } from "../base/json.ts";
import type { Grant } from "../contracts/call.ts";
import type { Provider } from "../contracts/provider.ts";
import type { Session } from "../contracts/session.ts";
import type { Encryption } from "../contracts/store.ts";
import { firstRevision, type SessionRecord } from "../record/record.ts";

import { toSession } from "../record/to-session.ts";
import type { Token } from "../token/token.ts";
import { openRecordStore } from "./record-store.ts";

export interface ImportSessionOptions {
  readonly provider: Pick<Provider, "id" | "name">;
  readonly store: KeyvStorageAdapter;
  /** The caller's own label for the session. @default "default" */
  readonly account?: string | undefined;
  /** Stored as it is, without asking the service. A single-use grant must be used nowhere else from then on. */
  readonly grant?: Grant | undefined;
  /** Served until its end; without a grant beside it that is the session's end too. */
  readonly token?: Token | undefined;
  /** Who the service says that it belongs to, where that is known. */
  readonly login?: string | undefined;
  /** Whether a session that is there gives way. @default false */
  readonly overwrite?: boolean | undefined;
  readonly encryption?: Encryption | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Stores a grant or a token that was made elsewhere as a session, which managers then find and use. Signing out of
 * it never revokes anything: it belongs to the program that asked for it.
 * @throws `provider.misconfigured` where a session is there already, or neither is given; `store.*` where it cannot
 * be stored
 */
export async function importSession(options: ImportSessionOptions): Promise<Session> {
  const { provider, store, account = "default", grant, token, login, overwrite = false } = options;
  const { encryption, clock = systemClock } = options;
  if (!grant && !token) {
    throw new TokenFlowError("provider.misconfigured", "There is neither a grant nor a token to import", {
      hint: "Give one of them.",
    });
  }
  const session = openRecordStore(store, `${provider.id}/${account}`, { clock, encryption });
  const record: SessionRecord = omitUndefined({
    revision: firstRevision(),
    provider: provider.id,
    account,
    origin: "import",
    grant,
    token: token && storedToken(token),
    login,
  });
  // A redemption that is under way there ends first.
  await using _lock = await session.lock({});
  if (overwrite) {
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
  details,
}: Token): NonNullable<SessionRecord["token"]> {
  const lifetime = expiresAt === undefined ? undefined : expiresAt - issuedAt;
  return omitUndefined({ accessToken, tokenType, issuedAt, scope, lifetime, details });
}

function taken({ name }: ImportSessionOptions["provider"]): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", `A session of ${name} is there already`, {
    hint: "Sign out of it first, use another account label, or overwrite it.",
  });
}
