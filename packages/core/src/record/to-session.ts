import type { TokenFlowError } from "../base/errors.ts";
import { omitUndefined } from "../base/json.ts";
import { hideProperties } from "../base/redact.ts";
import type { Session } from "../contracts/session.ts";
import { Token } from "../token/token.ts";
import type { SessionRecord } from "./record.ts";

/** Returns a record in the shape that providers and callers see. */
export function toSession(
  record: SessionRecord,
  token: Token | undefined,
  failure?: TokenFlowError,
): Session {
  const { provider, account, login, grant } = record;
  const session: Session = omitUndefined({
    provider,
    account,
    login,
    grant,
    token: token ?? (record.token && tokenOf(record.token)),
    failure,
  });
  return grant === undefined ? session : hideProperties(session, "grant");
}

function tokenOf({
  accessToken,
  tokenType,
  issuedAt,
  lifetime,
  scope,
  idToken,
  details,
}: NonNullable<SessionRecord["token"]>): Token {
  const expiresAt = lifetime === undefined ? undefined : issuedAt + lifetime;
  return new Token({ accessToken, tokenType, issuedAt, expiresAt, scope, idToken, details });
}
