import { type DeviceCode, TokenFlowError } from "@tokenflow/core";
import {
  type Call,
  type HttpAnswer,
  isRefusedGrant,
  isTransientStatus,
  type PollResult,
  readDeviceCode,
  readPollError,
  redeemError,
} from "@tokenflow/core/provider";
import type { CopilotGrant } from "../service/grant.ts";
import { formatGrant } from "../service/grant.ts";
import type { CopilotHosts } from "../service/hosts.ts";
import type { Identity } from "../service/identity.ts";
import { form, readGitHubToken, readOAuthError } from "../wire/sign-in.ts";
import { isRateLimited } from "./exchange-error.ts";

/** The app that asks for consent. */
export interface App {
  readonly clientId: string;
  readonly scope: string;
}

function post(
  path: "device/code" | "oauth/access_token",
  form: Readonly<Record<string, string>>,
  { githubUrl }: CopilotHosts,
  { authentication }: Identity,
  { http, signal }: Call,
): Promise<HttpAnswer> {
  return http({ method: "POST", url: `${githubUrl}/login/${path}`, headers: authentication, form, signal });
}

/** RFC 8628 §3.1. */
export async function requestDeviceCode(
  { clientId, scope }: App,
  hosts: CopilotHosts,
  identity: Identity,
  call: Call,
): Promise<DeviceCode> {
  const answer = await post("device/code", form.deviceCode(clientId, scope), hosts, identity, call);
  const code = readDeviceCode(answer);
  if (!code) throw deviceCodeError(answer, hosts.host);
  return code;
}

/** RFC 8628 §3.4. */
export async function pollDeviceCode(
  deviceCode: string,
  clientId: string,
  hosts: CopilotHosts,
  identity: Identity,
  call: Call,
): Promise<PollResult> {
  const answer = await post("oauth/access_token", form.poll(clientId, deviceCode), hosts, identity, call);
  const pending = readPollError(answer);
  if (pending) return pending;
  const { githubToken, ...token } = readGitHubToken(answer, call.clock.now());
  if (githubToken === undefined) {
    throw new TokenFlowError("provider.malformed", "GitHub approved the sign-in without a token", {
      hint: "Start the sign-in again.",
    });
  }
  return { status: "granted", grant: formatGrant({ githubToken, clientId, host: hosts.host, ...token }) };
}

/**
 * Renews an expiring GitHub token. The refresh token is single-use: the response invalidates the old pair.
 * @throws `session.revoked` if GitHub refuses the refresh token
 */
export async function renewGitHubToken(
  grant: CopilotGrant & { readonly refreshToken: string },
  clientId: string,
  hosts: CopilotHosts,
  identity: Identity,
  call: Call,
): Promise<CopilotGrant> {
  const answer = await post(
    "oauth/access_token",
    form.refresh(clientId, grant.refreshToken),
    hosts,
    identity,
    call,
  );
  const renewed = readGitHubToken(answer, call.clock.now());
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
  // The token cannot be read, but the grant was rotated: only the new refresh token is still valid.
  if (renewed.refreshToken !== undefined)
    return { ...rest, refreshToken: renewed.refreshToken, expiresAt: 0 };
  throw renewalError(answer);
}

function renewalError(answer: HttpAnswer): TokenFlowError {
  const { status } = answer;
  const reason = readOAuthError(answer);
  if (isRefusedGrant(answer)) {
    return new TokenFlowError("session.revoked", "GitHub no longer accepts this sign-in", {
      status,
      reason,
      hint: "Sign in to Copilot again.",
    });
  }
  const error = redeemError(answer, "GitHub");
  const isTransient = error.code === "provider.rate_limited" || error.code === "provider.unavailable";
  if (reason === undefined || isTransient) return error;
  // Whatever the status: GitHub answers 200, RFC 6749 §5.2 requires 400.
  return new TokenFlowError("provider.misconfigured", `GitHub answered ${status} (${reason})`, {
    status,
    reason,
    grantUnused: true,
    hint: "Use the client id that this session was created with.",
  });
}

/** Statuses of a GitHub that has no device flow, or none for this app. */
const NO_DEVICE_FLOW = new Set([400, 401, 403, 404, 422]);

function deviceCodeError(answer: HttpAnswer, host: string): TokenFlowError {
  const { status, retryAfter } = answer;
  const reason = readOAuthError(answer);
  const message = `${host} answered ${status}${reason ? ` (${reason})` : ""} to the request for a device code`;
  if (isRateLimited(answer)) {
    return new TokenFlowError("provider.rate_limited", message, {
      status,
      retryAfter,
      hint: "Wait, then try again.",
    });
  }
  if (isTransientStatus(status)) {
    return new TokenFlowError("provider.unavailable", message, {
      status,
      retryAfter,
      hint: "Try again later.",
    });
  }
  if (reason !== undefined || NO_DEVICE_FLOW.has(status)) {
    const hint =
      "Check the client id and the host: the app may not exist there, or may not allow the device flow.";
    return new TokenFlowError("provider.misconfigured", message, { status, reason, hint });
  }
  return new TokenFlowError("provider.malformed", message, {
    status,
    hint: "Check the host, and that no proxy or network sign-in page answers in its place.",
  });
}
