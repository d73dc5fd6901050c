import type { UpstreamAnswer } from "@tokenflow/core/provider";
import { readApiFailure, readStreamFailure } from "../wire/api-failure.ts";

/** `unauthorized: token expired`, `IDE token expired: unauthorized: token expired`. */
const EXPIRED = /token (?:is |has |was )?expired|expired token/i;

/**
 * Whether the API says that the token is no longer good: a 401, a 403 that names the expiry, or an error of
 * that kind at the beginning of a stream. Any other 403 is about the person, the model or the client.
 */
export function isRefusedToken({ status, body }: UpstreamAnswer): boolean {
  if (status === 401) return !readApiFailure(body).wantsAuthorization;
  const failure =
    status === 403 ? readApiFailure(body) : status === 200 ? readStreamFailure(body) : undefined;
  return EXPIRED.test(failure?.sentence ?? "");
}
