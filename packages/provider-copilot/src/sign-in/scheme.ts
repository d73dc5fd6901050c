import type { UpstreamAnswer } from "@tokenflow/core/provider";
import type { CopilotGrant } from "../service/grant.ts";

/** Hosts that know a GitHub token by the scheme `token`. All others, and every Copilot token, use `Bearer`. */
const TOKEN_HOSTS =
  /^(?:api\.(?:business|enterprise)\.githubcopilot\.com|copilot-api\.[a-z0-9-]+\.ghe\.com)$/;

/** `bad request: Authorization header is badly formatted` */
const BADLY_FORMATTED = /authorization header is badly formatted/i;

/** Returns the `Authorization` scheme of a GitHub token: what the API asked for, else what is usual for its host. */
export function schemeOf(apiUrl: string, { scheme, schemeHost }: CopilotGrant): string {
  const { host, hostname } = new URL(apiUrl);
  if (scheme !== undefined && schemeHost === host) return scheme;
  return TOKEN_HOSTS.test(hostname) ? "token" : "Bearer";
}

/** Returns true if the API wants the other scheme. */
export function wantsOtherScheme({ status, body }: UpstreamAnswer): boolean {
  return status === 400 && BADLY_FORMATTED.test(body);
}

/** Returns the scheme that was not used. */
export function otherScheme(scheme: string): string {
  return scheme.toLowerCase() === "bearer" ? "token" : "Bearer";
}
