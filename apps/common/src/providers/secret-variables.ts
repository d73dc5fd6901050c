import { hidePasswords } from "../messages/shown-text.ts";
import type { Environment } from "../settings/config.ts";
import { PROVIDERS } from "./bundled-providers.ts";

/**
 * The variables of TokenFlow that hold no secret. Every other one counts as a secret, so that a new one cannot be
 * forgotten.
 */
const PLAIN: ReadonlySet<string> = new Set([
  "TOKENFLOW_HOME",
  "TOKENFLOW_STORE",
  "TOKENFLOW_COPILOT_API_URL",
  "TOKENFLOW_COPILOT_CLIENT_ID",
  "TOKENFLOW_COPILOT_DIRECT",
  "TOKENFLOW_COPILOT_INTEGRATION_ID",
  "TOKENFLOW_COPILOT_MODE",
  "TOKENFLOW_FROM_ENV",
  "TOKENFLOW_GITHUB_API_URL",
  "TOKENFLOW_GITHUB_URL",
  ...[
    "ALIAS",
    "BODY_LIMIT",
    "CONCURRENCY",
    "CONFIG",
    "DRAIN",
    "HEADER_LIMIT",
    "HOST",
    "KEEPALIVE",
    "LOG",
  ].map((name) => `TOKENFLOW_PROXY_${name}`),
  ...["ORIGINS", "PORT", "QUEUE", "REQUESTS_PER_MINUTE", "STORE"].map((name) => `TOKENFLOW_PROXY_${name}`),
]);

const API_KEYS: ReadonlySet<string> = new Set(
  Object.values(PROVIDERS).flatMap(({ keyVariable }) => (keyVariable === undefined ? [] : [keyVariable])),
);

/** Returns the names of our variables that are set and hold a secret: also an address with a password. */
export function secretVariables(env: Environment): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (API_KEYS.has(name)) return [name];
    if (!name.startsWith("TOKENFLOW_")) return [];
    return PLAIN.has(name) && hidePasswords(value) === value ? [] : [name];
  });
}
