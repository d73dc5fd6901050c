import { type Environment, UsageError } from "@tokenflow/common";
import { isJsonObject, type JsonValue } from "@tokenflow/core/provider";
import type { ProxyKey } from "../access/auth.ts";
import type { Limits } from "../access/concurrency-limiter.ts";

/** A guess at every second of a year finds none of this length. */
const MIN_KEY_LENGTH = 8;

/**
 * The keys of the environment: `TOKENFLOW_PROXY_KEY` is one, `TOKENFLOW_PROXY_KEYS` several, as `name:secret`
 * with commas.
 * @throws UsageError that shows no secret
 */
export function parseKeys(env: Environment): readonly ProxyKey[] {
  const one = env["TOKENFLOW_PROXY_KEY"]?.trim();
  const several = env["TOKENFLOW_PROXY_KEYS"]?.trim();
  const named = several ? several.split(",") : [];
  const keys = named.map((entry, index) => {
    const colon = entry.indexOf(":");
    const name = entry.slice(0, Math.max(colon, 0)).trim();
    if (name === "") throw new UsageError(`Key ${index + 1} of TOKENFLOW_PROXY_KEYS is not name:secret`);
    return requireSecret({ name, secret: entry.slice(colon + 1).trim() });
  });
  return one && one !== "auto"
    ? [requireSecret({ name: "TOKENFLOW_PROXY_KEY", secret: one }), ...keys]
    : keys;
}

/**
 * The keys of a file: `[{ name, secret, session?, limits? }]`.
 * @throws UsageError that shows no secret
 */
export function keysOf(value: JsonValue, where: string): readonly ProxyKey[] {
  if (!Array.isArray(value)) throw new UsageError(`keys in ${where} is a list of { name, secret }`);
  return value.map((entry: JsonValue, index) => {
    const { name, secret, session, limits, ...rest } = isJsonObject(entry) ? entry : {};
    const [unknown] = Object.keys(rest);
    const wellFormed =
      typeof name === "string" &&
      typeof secret === "string" &&
      (session === undefined || typeof session === "string") &&
      unknown === undefined;
    if (!wellFormed) {
      throw new UsageError(`Key ${index + 1} in ${where} is not { name, secret, session?, limits? }`);
    }
    return requireSecret({
      name,
      secret,
      session,
      limits: limitsOf(limits, `the key "${name}" in ${where}`),
    });
  });
}

const LIMITS = ["concurrency", "queue", "requestsPerMinute"] as const satisfies readonly (keyof Limits)[];

function limitsOf(value: JsonValue | undefined, where: string): Limits | undefined {
  if (value === undefined) return undefined;
  const names: readonly string[] = LIMITS;
  if (isJsonObject(value)) {
    const entries = Object.entries(value).filter(
      ([name, limit]) =>
        names.includes(name) && Number.isSafeInteger(limit) && Number(limit) >= (name === "queue" ? 0 : 1),
    );
    if (entries.length === Object.keys(value).length) return Object.fromEntries(entries);
  }
  throw new UsageError(`The limits of ${where} are { ${LIMITS.join(", ")} }, whole numbers`);
}

function requireSecret(key: ProxyKey): ProxyKey {
  if (key.secret.length >= MIN_KEY_LENGTH && !/\s/.test(key.secret)) return key;
  throw new UsageError(
    `The key "${key.name}" has fewer than ${MIN_KEY_LENGTH} characters, or a space in it`,
    "A new one is made by: openssl rand -base64 32",
  );
}
