import { TokenFlowError, type Usage } from "@tokenflow/core";
import type { Call } from "@tokenflow/core/provider";
import { appName } from "../service/apps.ts";
import type { CopilotGrant } from "../service/grant.ts";
import type { CopilotHosts } from "../service/hosts.ts";
import type { Identity } from "../service/identity.ts";
import { askCopilot } from "../sign-in/exchange.ts";
import { exchangeError } from "../sign-in/exchange-error.ts";
import { readClientId, readLogin, readUsage, revokeBody } from "../wire/account.ts";

const REST_VERSION = "2022-11-28";

/** The owner of a GitHub token. */
export interface GitHubTokenOwner {
  readonly login: string;
  /** The app that asked for consent. Absent if GitHub does not say, as for tokens that people create by hand. */
  readonly clientId?: string | undefined;
  /** The name that GitHub shows for that app, if it is known. */
  readonly appName?: string | undefined;
}

/** Asks GitHub for the owner and the app of a token. The token itself names neither. */
export async function getTokenOwner(
  { githubToken }: CopilotGrant,
  { githubApiUrl }: CopilotHosts,
  identity: Identity,
  { http, clock, signal }: Call,
): Promise<GitHubTokenOwner> {
  const answer = await http({
    method: "GET",
    url: `${githubApiUrl}/user`,
    headers: {
      ...identity.authentication,
      authorization: `Bearer ${githubToken}`,
      "x-github-api-version": REST_VERSION,
    },
    signal,
  });
  const login = readLogin(answer);
  if (login === undefined) throw exchangeError(answer, clock.now(), "the name of the account");
  const clientId = readClientId(answer);
  return { login, clientId, appName: clientId === undefined ? undefined : appName(clientId) };
}

/** Asks for plan, quotas and the time of their reset. */
export async function usage(
  { githubToken }: CopilotGrant,
  hosts: CopilotHosts,
  identity: Identity,
  call: Call,
): Promise<Usage> {
  const answer = await askCopilot("user", githubToken, hosts, identity.authentication, call);
  const used = readUsage(answer);
  if (!used) throw exchangeError(answer, call.clock.now(), "a plan and quotas");
  return used;
}

/** Revokes a sign-in by GitHub's public endpoint: without authentication, and on github.com only. */
export async function revoke(
  { githubToken, refreshToken, clientId }: CopilotGrant,
  { githubApiUrl, githubUrl, host, isPublic }: CopilotHosts,
  identity: Identity,
  { http, clock, signal }: Call,
): Promise<void> {
  const page = clientId
    ? `settings/connections/applications/${encodeURIComponent(clientId)}`
    : "settings/applications";
  if (!isPublic) {
    throw new TokenFlowError("provider.misconfigured", `${host} cannot revoke a sign-in by request`, {
      hint: `Revoke it in the browser: ${githubUrl}/${page}`,
    });
  }
  const answer = await http({
    method: "POST",
    url: `${githubApiUrl}/credentials/revoke`,
    headers: { ...identity.authentication, "x-github-api-version": REST_VERSION },
    json: revokeBody(refreshToken === undefined ? [githubToken] : [githubToken, refreshToken]),
    signal,
  });
  if (answer.status === 202 || answer.status === 200 || answer.status === 204) return;
  const { code, message, status, retryAfter } = exchangeError(answer, clock.now(), "a revocation");
  throw new TokenFlowError(code === "session.revoked" ? "provider.forbidden" : code, message, {
    status,
    retryAfter,
    hint: `Revoke it in the browser: ${githubUrl}/${page}`,
  });
}
