import type { Grant, Provider } from "@tokenflow/core";
import {
  type EnvCredential,
  readEnvCredential as readCredential,
  tokenEnvVar,
} from "@tokenflow/core/environment";
import { suggest } from "../messages/suggest.ts";
import { UsageError } from "../messages/usage-error.ts";
import { type Config, type Environment, FROM_ENV, type OAuthDeclaration } from "../settings/config.ts";
import { PROVIDERS, type ProviderEntry } from "./bundled-providers.ts";
import type { ClientSecret } from "./oauth.ts";

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
  if (isMcpServer(id)) {
    return {
      name: id.slice(MCP.length + 1),
      load: async () => (await import("./mcp.ts")).createMcpModule(id),
    };
  }
  const declaration = Object.hasOwn(providers, id) ? providers[id] : undefined;
  if (!declaration) return undefined;
  const readSecret = (env: Environment): ClientSecret | undefined => readClientSecret(id, env, providers);
  return {
    name: isOAuthHost(id) ? id.slice(OAUTH.length + 1) : id,
    load: async () => (await import("./oauth.ts")).createOAuthModule(id, declaration, readSecret),
  };
}

/** The id of an MCP server is this word, a colon and the address. */
const MCP = "mcp";

export function isMcpServer(id: string): boolean {
  return id.startsWith(`${MCP}:`);
}

/** Returns the word by which a command names a provider: for an MCP server, its address as people write it. */
export function providerWord(id: string): string {
  if (!isMcpServer(id)) return id;
  const rest = id.slice(MCP.length + 1);
  const address = rest.includes("/") ? rest : rest.replaceAll("%2f", "/").replaceAll("%25", "%");
  return `${MCP}:${/^https?:/.test(address) ? address : `https://${address}`}`;
}

/** Loads what signs in to MCP servers. */
export async function loadMcp(): Promise<typeof import("./mcp.ts")> {
  return import("./mcp.ts");
}

/** Returns true for the id that an OAuth server has if nobody gave it a name. */
export function isOAuthHost(id: string): boolean {
  return id.startsWith(`${OAUTH}:`);
}

/** Names that every object has. A table that is read from JSON leaves them out. */
const RESERVED: ReadonlySet<string> = new Set([OAUTH, "constructor", "prototype"]);

/** Returns true for a name that a person may give to an OAuth server. */
export function isProviderName(id: string): boolean {
  return /^[a-z][a-z0-9-]*$/.test(id) && !RESERVED.has(id) && !Object.hasOwn(PROVIDERS, id);
}

/** Returns the variable with the client's secret of one OAuth server: `TOKENFLOW_WORK_CLIENT_SECRET`. */
export function clientSecretVariable(id: string): string {
  return tokenEnvVar(id).replace(/_TOKEN$/, "_CLIENT_SECRET");
}

const SHARED_SECRET = "TOKENFLOW_OAUTH_CLIENT_SECRET";

/**
 * Reads the secret of a client, which belongs to one server and is sent to no other. The variable without a name in it
 * is meant for the only server that has none either; with two of them nobody can know which.
 */
function readClientSecret(
  id: string,
  env: Environment,
  providers: Config["providers"],
): ClientSecret | undefined {
  const others = Object.keys(providers).filter((other) => other !== id && isOAuthHost(other));
  const shared = isOAuthHost(id) && others.length === 0 ? env[SHARED_SECRET] : undefined;
  const text = env[clientSecretVariable(id)] || shared;
  return text ? { text, isKept: false } : undefined;
}

/** @throws UsageError for a provider that does not exist */
export function requireProvider(id: string, config: Pick<Config, "providers">): ProviderEntry {
  const entry = findProvider(id, config);
  if (entry) return entry;
  if (isOAuthHost(id)) {
    throw new UsageError(
      `nothing is known of ${id}`,
      "Run: tokenflow login oauth --issuer <url> --client-id <id>",
    );
  }
  const known = [...providerIds(config), OAUTH];
  const near = suggest(id, known);
  const other = isProviderName(id)
    ? `. For an OAuth server of that name, run: tokenflow login ${id} --issuer <url> --client-id <id>`
    : ". A name of your own has small letters, digits and hyphens, and begins with a letter";
  throw new UsageError(
    `there is no provider "${id}"${near ? `; did you mean ${near}?` : ""}`,
    `Providers: ${known.join(", ")}${other}`,
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

/**
 * Makes the provider of an OAuth server before `config.json` declares it, and returns its id.
 * @param name the name that the person gave; without one the id is `oauth:<host>`
 * @param secret the secret of the client, if a person gives it now
 */
export async function loadOAuthProvider(
  name: string | undefined,
  declaration: OAuthDeclaration,
  env: Environment,
  secret?: ClientSecret,
): Promise<Provider> {
  const { createDeclaredProvider } = await import("./oauth.ts");
  const address = declaration.issuer ?? declaration.endpoints?.token ?? "";
  const id = name ?? `${OAUTH}:${URL.canParse(address) ? new URL(address).host : "unknown"}`;
  return createDeclaredProvider(id, declaration, env, secret);
}

/** Loads the OAuth services that are known by name, and those that are known to have no device flow. */
export async function loadOAuthServices(): Promise<
  Pick<typeof import("./oauth.ts"), "oauthServices" | "servicesWithoutDeviceFlow">
> {
  return import("./oauth.ts");
}

/** Returns the variable with the token that a server's administrator issued for registrations. */
export function registrationTokenVariable(id: string): string {
  return tokenEnvVar(id).replace(/_TOKEN$/, "_REGISTRATION_TOKEN");
}

/** Loads what registers clients and keeps them. */
export async function loadOAuthClients(): Promise<
  Pick<typeof import("./oauth.ts"), "ensureClient" | "forgetOAuthClient">
> {
  return import("./oauth.ts");
}

/** Returns the grant of a provider whose sessions need no person. */
export function workloadGrantOf(provider: Provider & { readonly grant?: Grant }): Grant | undefined {
  return provider.grant;
}
