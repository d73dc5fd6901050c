import type { Provider } from "@tokenflow/core";
import { type EnvCredential, readEnvCredential as readCredential } from "@tokenflow/core/environment";
import { suggest } from "../messages/suggest.ts";
import { UsageError } from "../messages/usage-error.ts";
import { type Config, type Environment, FROM_ENV, type OAuthDeclaration } from "../settings/config.ts";
import { PROVIDERS, type ProviderEntry } from "./bundled-providers.ts";

/** The id of an OAuth server is this word, a colon and the host. */
export const OAUTH = "oauth";

/** Returns the ids of every provider that can be signed in to: the bundled ones, then those of `config.json`. */
export function providerIds({ providers }: Pick<Config, "providers">): readonly string[] {
  return [...new Set([...Object.keys(PROVIDERS), ...Object.keys(providers)])];
}

/** Returns a bundled provider, or an OAuth server that `config.json` declares. */
export function findProvider(
  id: string,
  { providers }: Pick<Config, "providers">,
): ProviderEntry | undefined {
  if (Object.hasOwn(PROVIDERS, id)) return PROVIDERS[id];
  const declaration = Object.hasOwn(providers, id) ? providers[id] : undefined;
  if (!declaration) return undefined;
  return {
    name: id.slice(OAUTH.length + 1),
    load: async () => (await import("./oauth.ts")).createOAuthModule(id, declaration),
  };
}

/** @throws UsageError for a provider that does not exist */
export function requireProvider(id: string, config: Pick<Config, "providers">): ProviderEntry {
  const entry = findProvider(id, config);
  if (entry) return entry;
  if (id.startsWith(`${OAUTH}:`)) {
    throw new UsageError(
      `nothing is known of ${id}`,
      "Run: tokenflow login oauth --issuer <url> --client-id <id>",
    );
  }
  const known = [...Object.keys(PROVIDERS), OAUTH];
  const near = suggest(id, known);
  throw new UsageError(
    `there is no provider "${id}"${near ? `; did you mean ${near}?` : ""}`,
    `Providers: ${known.join(", ")}`,
  );
}

/**
 * Reads what the environment gives in place of a stored session. Loads the provider only to check a token.
 * @throws `provider.misconfigured` for a token that the provider does not accept
 */
export async function readEnvCredential(id: string, env: Environment): Promise<EnvCredential | undefined> {
  const known = Object.hasOwn(PROVIDERS, id) ? PROVIDERS[id] : undefined;
  const keyVariable = known?.keyVariable;
  const credential = readCredential(id, env, { keyVariable });
  if (!credential && known?.findGrantVariable && env[FROM_ENV] === "1") {
    const variable = await known.findGrantVariable(env);
    return { variable, kind: "grant", secret: env[variable]?.trim() ?? "" };
  }
  if (!known || credential?.kind !== "token") return credential;
  const { acceptsToken } = await known.load();
  return readCredential(id, env, { keyVariable, acceptsToken });
}

/** Returns the secret patterns of every bundled provider, whichever is in use. Loads them all. */
export async function loadSecretPatterns(): Promise<readonly RegExp[]> {
  const modules = await Promise.all(Object.values(PROVIDERS).map(({ load }) => load()));
  return modules.flatMap(({ secretPatterns = [] }) => secretPatterns);
}

/** Makes the provider of an OAuth server, also before `config.json` declares it. */
export async function loadOAuthProvider(declaration: OAuthDeclaration, env: Environment): Promise<Provider> {
  return (await import("./oauth.ts")).createDeclaredProvider(declaration, env);
}
