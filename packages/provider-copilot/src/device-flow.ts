import {
  type Call,
  type DeviceCode,
  type HttpAnswer,
  type PollResult,
  readPollError,
  TokenFlowError,
} from "@tokenflow/core";
import { readDeviceCode } from "@tokenflow/core/wire";
import type { CopilotGrant } from "./grant.ts";
import { formatGrant } from "./grant.ts";
import type { CopilotHosts } from "./hosts.ts";
import type { Identity } from "./identity.ts";
import { form, readGitHubToken, readOAuthError } from "./wire/sign-in.ts";

/** The app that asks for consent. */
export interface App {
  readonly clientId: string;
  readonly scope: string;
}

/** RFC 8628 §3.1. */
export async function requestDeviceCode(
  { clientId, scope }: App,
  { githubUrl, host }: CopilotHosts,
  identity: Identity,
  { http, signal }: Call,
): Promise<DeviceCode> {
  const answer = await http({
    method: "POST",
    url: `${githubUrl}/login/device/code`,
    headers: identity.authentication,
    form: form.deviceCode(clientId, scope),
    signal,
  });
  const code = readDeviceCode(answer);
  if (!code) throw deviceCodeError(answer, host);
  return code;
}

/** RFC 8628 §3.4. */
export async function pollDeviceCode(
  deviceCode: string,
  clientId: string,
  { githubUrl, host }: CopilotHosts,
  identity: Identity,
  { http, clock, signal }: Call,
): Promise<PollResult> {
  const answer = await http({
    method: "POST",
    url: `${githubUrl}/login/oauth/access_token`,
    headers: identity.authentication,
    form: form.poll(clientId, deviceCode),
    signal,
  });
  const pending = readPollError(answer);
  if (pending) return pending;
  const { githubToken, ...token } = readGitHubToken(answer, clock.now());
  if (githubToken === undefined) {
    throw new TokenFlowError("provider.malformed", "GitHub approved the sign-in without a token", {
      hint: "Start the sign-in again.",
    });
  }
  return { status: "granted", grant: formatGrant({ githubToken, clientId, host, ...token }) };
}

/**
 * Renews a GitHub token that expires. The refresh token is single-use: with the answer, the old pair is dead.
 * @throws `session.revoked` where GitHub refuses the refresh token
 */
export async function renewGitHubToken(
  grant: CopilotGrant & { readonly refreshToken: string },
  clientId: string,
  { githubUrl }: CopilotHosts,
  identity: Identity,
  { http, clock, signal }: Call,
): Promise<CopilotGrant> {
  const answer = await http({
    method: "POST",
    url: `${githubUrl}/login/oauth/access_token`,
    headers: identity.authentication,
    form: form.refresh(clientId, grant.refreshToken),
    signal,
  });
  const renewed = readGitHubToken(answer, clock.now());
  const { issuedAt: _, expiresAt: __, ...rest } = grant;
  if (renewed.githubToken !== undefined) {
    const {
      githubToken,
      scope = grant.scope,
      refreshToken = grant.refreshToken,
      issuedAt,
      expiresAt,
    } = renewed;
    return { ...rest, githubToken, scope, refreshToken, issuedAt, expiresAt };
  }
  // Rotated, but the token cannot be read: only the new refresh token still lives.
  if (renewed.refreshToken !== undefined)
    return { ...rest, refreshToken: renewed.refreshToken, expiresAt: 0 };
  throw renewalError(answer);
}

function renewalError(answer: HttpAnswer): TokenFlowError {
  const { status, retryAfter } = answer;
  const reason = readOAuthError(answer);
  const said = `GitHub answered ${status}${reason ? ` (${reason})` : ""}`;
  if (reason === "bad_refresh_token" || reason === "invalid_grant") {
    return new TokenFlowError("session.revoked", "GitHub no longer accepts this sign-in", {
      status,
      reason,
      hint: "Sign in to Copilot again.",
    });
  }
  if (status === 429) {
    return new TokenFlowError("provider.rate_limited", said, { status, retryAfter, unspent: true });
  }
  if (status === 408 || status === 425 || status >= 500) {
    const unspent = status === 503 && retryAfter !== undefined ? true : undefined;
    return new TokenFlowError("provider.unavailable", said, { status, retryAfter, unspent });
  }
  if (reason !== undefined) {
    const hint = "Check that the client id is the one that this session was made with.";
    return new TokenFlowError("provider.misconfigured", said, { status, reason, unspent: true, hint });
  }
  return new TokenFlowError("provider.malformed", said, { status });
}

/** Statuses by which a GitHub says that it has no device flow, or none for this app. */
const NO_DEVICE_FLOW = new Set([400, 401, 403, 404, 422]);

function deviceCodeError(answer: HttpAnswer, host: string): TokenFlowError {
  const { status, retryAfter } = answer;
  const reason = readOAuthError(answer);
  const said = `${host} answered ${status}${reason ? ` (${reason})` : ""} to the request for a device code`;
  if (status === 429) {
    return new TokenFlowError("provider.rate_limited", said, {
      status,
      retryAfter,
      hint: "Wait, then try again.",
    });
  }
  if (status === 408 || status === 425 || status >= 500) {
    return new TokenFlowError("provider.unavailable", said, { status, retryAfter, hint: "Try again later." });
  }
  if (reason !== undefined || NO_DEVICE_FLOW.has(status)) {
    const hint =
      "Check the client id and the host: the app may not exist there, or not allow the device flow.";
    return new TokenFlowError("provider.misconfigured", said, { status, reason, hint });
  }
  return new TokenFlowError("provider.malformed", said, {
    status,
    hint: "Check the host and whether a proxy or a sign-in page of the network stands between.",
  });
}
