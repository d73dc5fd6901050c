import { type Grant, TokenFlowError } from "@tokenflow/core";

/** What Hyper's consent is kept as. The refresh token is single-use; team and person stay as they were at the sign-in. */
export interface HyperGrant {
  readonly refreshToken: string;
  readonly userId?: string | undefined;
  readonly teamId?: string | undefined;
  readonly teamName?: string | undefined;
}

/** Wraps a refresh token as a grant, for a sign-in that was made elsewhere and is used nowhere else. */
export function createHyperGrant(refreshToken: string): Grant {
  return formatGrant({ refreshToken });
}

/** @throws `provider.misconfigured` where a record is not a grant of this provider */
export function readGrant(grant: Grant): HyperGrant {
  const text = (name: string): string | undefined => {
    const value = grant[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const refreshToken = text("refreshToken");
  if (refreshToken === undefined) {
    throw new TokenFlowError("provider.misconfigured", "The stored session is not one of Hyper's", {
      hint: "Sign in again.",
      unspent: true,
    });
  }
  return { refreshToken, userId: text("userId"), teamId: text("teamId"), teamName: text("teamName") };
}

export function formatGrant({ refreshToken, userId, teamId, teamName }: HyperGrant): Grant {
  return {
    refreshToken,
    ...(userId === undefined ? {} : { userId }),
    ...(teamId === undefined ? {} : { teamId }),
    ...(teamName === undefined ? {} : { teamName }),
  };
}
