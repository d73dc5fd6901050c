import {
  asErrorCode,
  asObject,
  asSeconds,
  asSecret,
  asString,
  type HttpAnswer,
  okJson,
} from "@tokenflow/core/provider";
import type { CopilotGrant } from "../service/grant.ts";

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

/** Reads the error code of an OAuth response, whatever its status: GitHub answers 200, RFC 6749 §5.2 requires 400. */
export function readOAuthError({ json }: HttpAnswer): string | undefined {
  const { error } = asObject(json);
  return typeof error === "string" ? (asErrorCode(error) ?? "unknown_error") : undefined;
}

export type GitHubToken = Pick<CopilotGrant, "scope" | "refreshToken" | "issuedAt" | "expiresAt"> & {
  readonly githubToken?: string | undefined;
};

/**
 * Reads a user access token. The two secrets are read separately, so that a rotated refresh token survives an
 * unreadable access token. `scope` is comma-separated in the response, space-separated in the request.
 */
export function readGitHubToken(answer: HttpAnswer, now: number): GitHubToken {
  const body = okJson(answer);
  const lifetime = asSeconds(body["expires_in"]);
  return {
    githubToken: asSecret(body["access_token"]),
    scope: asString(body["scope"])
      ?.split(/[\s,]+/)
      .join(" "),
    refreshToken: asSecret(body["refresh_token"]),
    ...(lifetime === undefined ? {} : { issuedAt: now, expiresAt: now + lifetime }),
  };
}
