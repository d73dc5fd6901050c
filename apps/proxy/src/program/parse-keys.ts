import { type Environment, settingsObject, UsageError } from "@tokenflow/common";
import * as v from "valibot";
import type { ProxyKey } from "../access/auth.ts";

/** One guess a second for a year finds no key of this length. */
const MIN_KEY_LENGTH = 8;

/**
 * Reads the keys of the environment: `TOKENFLOW_PROXY_KEY` is one, `TOKENFLOW_PROXY_KEYS` are several, as
 * `name:secret` separated by commas.
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

const wholeNumber = (min: number): v.GenericSchema<number> => {
  const form = `a whole number from ${min}`;
  return v.pipe(v.number(form), v.safeInteger(form), v.minValue(min, form));
};

/** One of the `keys` in a file. */
export const keySchema: v.GenericSchema<unknown, ProxyKey> = settingsObject({
  name: v.string("text"),
  secret: v.string("text"),
  session: v.optional(v.string("text")),
  allow: v.optional(v.array(v.string("text"), "a list such as GET /models")),
  origins: v.optional(v.array(v.string("text"), "a list of origins")),
  limits: v.optional(
    settingsObject({
      concurrency: v.optional(wholeNumber(1)),
      queue: v.optional(wholeNumber(0)),
      requestsPerMinute: v.optional(wholeNumber(1)),
    }),
  ),
});

/** @throws UsageError for a key that is easy to guess; the message does not show it */
export function requireSecret(key: ProxyKey): ProxyKey {
  if (key.secret.length >= MIN_KEY_LENGTH && !/\s/.test(key.secret)) return key;
  throw new UsageError(
    `The key "${key.name}" has fewer than ${MIN_KEY_LENGTH} characters, or a space in it`,
    "A new one is made by: openssl rand -base64 32",
  );
}
