import { type DeviceCode, type HttpAnswer, isJsonObject, readPollError } from "@tokenflow/core";
import type { CopilotGrant } from "../grant.ts";
import { durationOf, linkOf, objectOf, secretOf, textOf, wordOf } from "./json.ts";

const DEVICE_CODE_LIFETIME = 900_000;

export const form = {
  deviceCode: (clientId: string, scope: string): Record<string, string> => ({
    client_id: clientId,
    ...(scope === "" ? {} : { scope }),
  }),
  poll: (clientId: string, deviceCode: string): Record<string, string> => ({
    client_id: clientId,
    device_code: deviceCode,
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
  }),
  refresh: (clientId: string, refreshToken: string): Record<string, string> => ({
    client_id: clientId,
    grant_type: "refresh_token",
    refresh_token: refreshToken,
  }),
};

/** RFC 8628 §3.2, with Google's spelling of the address, which gh reads too. */
export function readDeviceCode({ status, json }: HttpAnswer): DeviceCode | undefined {
  const body = objectOf(json);
  const deviceCode = secretOf(body["device_code"]);
  const userCode = textOf(body["user_code"]);
  const verificationUri = linkOf(body["verification_uri"]) ?? linkOf(body["verification_url"]);
  if (status !== 200 || !deviceCode || !userCode || !verificationUri) return undefined;
  const complete = linkOf(body["verification_uri_complete"]);
  const interval = durationOf(body["interval"]);
  return {
    deviceCode,
    userCode,
    verificationUri,
    ...(complete ? { verificationUriComplete: complete } : {}),
    lifetime: durationOf(body["expires_in"]) ?? DEVICE_CODE_LIFETIME,
    ...(interval === undefined ? {} : { interval }),
  };
}

/** Core's `readPollError`, kept from words that could be secrets. */
export function readPoll(answer: HttpAnswer): ReturnType<typeof readPollError> {
  const error = objectOf(answer.json)["error"];
  const isShowable = typeof error !== "string" || wordOf(error) !== undefined;
  return readPollError(isShowable ? answer : { ...answer, json: { error: "unknown_error" } });
}

/** The error word of an OAuth answer, whatever its status: GitHub says 200 where RFC 6749 §5.2 says 400. */
export function readOAuthError({ json }: HttpAnswer): string | undefined {
  const error = isJsonObject(json) ? json["error"] : undefined;
  return typeof error === "string" ? (wordOf(error) ?? "unknown_error") : undefined;
}

export type GitHubToken = Pick<CopilotGrant, "scope" | "refreshToken" | "issuedAt" | "expiresAt"> & {
  readonly githubToken?: string | undefined;
};

/**
 * A user access token. The two secrets are read apart, so that a rotated refresh token survives an access
 * token that cannot be read. `scope` is comma-separated in the answer, space-separated in the request.
 */
export function readGitHubToken({ status, json }: HttpAnswer, now: number): GitHubToken {
  const body = objectOf(json);
  if (status < 200 || status > 299) return {};
  const lifetime = durationOf(body["expires_in"]);
  return {
    githubToken: secretOf(body["access_token"]),
    scope: textOf(body["scope"])
      ?.split(/[\s,]+/)
      .join(" "),
    refreshToken: secretOf(body["refresh_token"]),
    ...(lifetime === undefined ? {} : { issuedAt: now, expiresAt: now + lifetime }),
  };
}
