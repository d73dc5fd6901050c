import { type Grant, type Session, TokenFlowError } from "@tokenflow/core";
import { asSecret, asString, omitUndefined } from "@tokenflow/core/provider";

/** The stored form of GitHub's consent, and what was learned about it. */
export interface CopilotGrant {
  /** `gho_…`, `ghu_…`, `ghs_…`, `github_pat_…`. Sent to GitHub's own hosts, and in direct mode to the Copilot API. */
  readonly githubToken: string;
  /** The app that asked for consent. Its refresh tokens work for no other app. */
  readonly clientId?: string | undefined;
  /** The host that issued the token, and the only one that it is sent to. */
  readonly host?: string | undefined;
  readonly scope?: string | undefined;
  /** Single-use. */
  readonly refreshToken?: string | undefined;
  /** When the exchange or the API last refused this app or editor, and why: `auto` goes direct for a day. */
  readonly directSince?: number | undefined;
  readonly directReason?: string | undefined;
  /** The `Authorization` scheme that an API host asked for, and that host. */
  readonly scheme?: string | undefined;
  readonly schemeHost?: string | undefined;
  /** Issue and expiry of the GitHub token, in milliseconds since 1970 on the local clock. */
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
}

/** Classic personal access tokens do not work with Copilot. Other kinds may. */
const UNUSABLE = /^ghp_/;

/**
 * Wraps a GitHub token as a grant, for a token that a person pastes or CI is given.
 * @throws `provider.misconfigured` for text that is not a token, and for the kinds that Copilot refuses
 */
export function createCopilotGrant(
  githubToken: string,
  options: Omit<CopilotGrant, "githubToken"> = {},
): Grant {
  if (asSecret(githubToken) === undefined || UNUSABLE.test(githubToken)) {
    throw new TokenFlowError("provider.misconfigured", "Copilot does not accept this GitHub token", {
      hint: "Use a token that starts with gho_, ghu_, ghs_ or github_pat_. Copilot does not support classic personal access tokens (ghp_).",
      grantUnused: true,
    });
  }
  return formatGrant({ ...options, githubToken });
}

/** Returns true for a token of Actions or of an app installation, which GitHub documents for direct mode alone. */
export function isServerToken(githubToken: string): boolean {
  return githubToken.startsWith("ghs_");
}

/** @throws `provider.misconfigured` for a token that GitHub exchanges for nobody */
export function requireExchangeable(githubToken: string): void {
  if (!isServerToken(githubToken)) return;
  throw new TokenFlowError(
    "provider.misconfigured",
    "A token of Actions or of an app installation (ghs_) cannot be exchanged",
    {
      hint: "Leave the mode at auto, or use direct mode (TOKENFLOW_COPILOT_MODE).",
      grantUnused: true,
    },
  );
}

/** @throws `provider.misconfigured` if a record is not a grant of this provider */
export function readGrant(grant: Grant): CopilotGrant {
  const moment = (name: string): number | undefined => {
    const value = grant[name];
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  };
  const githubToken = asSecret(grant["githubToken"]);
  if (githubToken === undefined) {
    throw new TokenFlowError("provider.misconfigured", "The stored session is not a GitHub Copilot session", {
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
    directSince: moment("directSince"),
    directReason: asString(grant["directReason"]),
    scheme: asString(grant["scheme"]),
    schemeHost: asString(grant["schemeHost"]),
    issuedAt: moment("issuedAt"),
    expiresAt: moment("expiresAt"),
  };
}

/** @throws `session.signed_out` if a session has a token but no grant */
export function grantOf({ grant }: Session): CopilotGrant {
  if (grant) return readGrant(grant);
  throw new TokenFlowError("session.signed_out", "This session has no GitHub token", {
    hint: "Sign in to Copilot.",
  });
}

export function formatGrant(grant: CopilotGrant): Grant {
  return omitUndefined(grant);
}
