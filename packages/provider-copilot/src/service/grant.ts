import { type Grant, type Session, TokenFlowError } from "@tokenflow/core";
import { asSecret, asString, omitUndefined } from "@tokenflow/core/provider";

/** What GitHub's consent is kept as. The last four fields are there only where the app's tokens expire. */
export interface CopilotGrant {
  /** `gho_…`, `ghu_…`, `github_pat_…`. Sent to GitHub's own hosts, and to the Copilot API in direct mode only. */
  readonly githubToken: string;
  /** The app that asked for consent; its refresh tokens are good for no other. */
  readonly clientId?: string | undefined;
  /** Where the token is from, and the only place that it is sent to. */
  readonly host?: string | undefined;
  readonly scope?: string | undefined;
  /** Single-use. */
  readonly refreshToken?: string | undefined;
  /** When the GitHub token was minted and when it ends, in milliseconds since 1970 on the local clock. */
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
}

/** GitHub's rules for tokens are open; these two kinds are known not to work. */
const UNUSABLE = /^(?:ghp_|ghs_)/;

/**
 * Wraps a GitHub token as a grant: what a person pastes, or CI is given.
 * @throws `provider.misconfigured` for text that is no token, and for the kinds that Copilot refuses
 */
export function createCopilotGrant(
  githubToken: string,
  options: Omit<CopilotGrant, "githubToken"> = {},
): Grant {
  if (asSecret(githubToken) === undefined || UNUSABLE.test(githubToken)) {
    throw new TokenFlowError("provider.misconfigured", "This is not a GitHub token that Copilot takes", {
      hint: "Give a token that starts with gho_, ghu_ or github_pat_; classic personal access tokens (ghp_) are not supported by Copilot.",
      grantUnused: true,
    });
  }
  return formatGrant({ ...options, githubToken });
}

/** @throws `provider.misconfigured` where a record is not a grant of this provider */
export function readGrant(grant: Grant): CopilotGrant {
  const moment = (name: string): number | undefined => {
    const value = grant[name];
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  };
  const githubToken = asSecret(grant["githubToken"]);
  if (githubToken === undefined) {
    throw new TokenFlowError("provider.misconfigured", "The stored session is not one of GitHub Copilot's", {
      hint: "Sign in again.",
      grantUnused: true,
    });
  }
  return {
    githubToken,
    clientId: asString(grant["clientId"]),
    host: asString(grant["host"]),
    scope: asString(grant["scope"]),
    refreshToken: asString(grant["refreshToken"]),
    issuedAt: moment("issuedAt"),
    expiresAt: moment("expiresAt"),
  };
}

/** @throws `session.signed_out` where a session holds a token alone */
export function grantOf({ grant }: Session): CopilotGrant {
  if (grant) return readGrant(grant);
  throw new TokenFlowError("session.signed_out", "This session has no GitHub token to ask with", {
    hint: "Sign in to Copilot.",
  });
}

export function formatGrant(grant: CopilotGrant): Grant {
  return omitUndefined(grant);
}
