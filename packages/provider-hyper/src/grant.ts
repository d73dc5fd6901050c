import { type Grant, TokenFlowError } from "@tokenflow/core";
import { asLabel, asString, omitUndefined } from "@tokenflow/core/provider";

/** The stored form of Hyper's consent. The refresh token is single-use. Team and person are those of the sign-in. */
export interface HyperGrant {
  readonly refreshToken: string;
  readonly userId?: string | undefined;
  readonly teamId?: string | undefined;
  readonly teamName?: string | undefined;
}

/** Wraps a refresh token as a grant, for a sign-in that was made elsewhere. Nothing else may use the token. */
export function createHyperGrant(refreshToken: string): Grant {
  return formatGrant({ refreshToken });
}

/** @throws `provider.misconfigured` if a record is not a grant of this provider */
export function readGrant(grant: Grant): HyperGrant {
  const refreshToken = asString(grant["refreshToken"]);
  if (refreshToken === undefined) {
    throw new TokenFlowError("provider.misconfigured", "The stored session is not a Hyper session", {
      hint: "Sign in again.",
      grantUnused: true,
    });
  }
  return {
    refreshToken,
    userId: asString(grant["userId"]),
    teamId: asString(grant["teamId"]),
    teamName: asLabel(grant["teamName"]),
  };
}

export function formatGrant(grant: HyperGrant): Grant {
  return omitUndefined(grant);
}
