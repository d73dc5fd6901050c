import type { Provider } from "@tokenflow/core";
import { suggest } from "../messages/suggest.ts";
import { UsageError } from "../messages/usage-error.ts";
import type { Config, Environment, OAuthDeclaration } from "../settings/config.ts";
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

/** Makes the provider of an OAuth server, also before `config.json` declares it. */
export async function loadOAuthProvider(declaration: OAuthDeclaration, env: Environment): Promise<Provider> {
  return (await import("./oauth.ts")).createDeclaredProvider(declaration, env);
}
