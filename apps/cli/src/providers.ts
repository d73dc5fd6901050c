import type { Grant, Provider } from "@tokenflow/core";
import type { CopilotProvider } from "@tokenflow/provider-copilot";
import type { Context } from "./command.ts";
import type { Config, OAuthDeclaration } from "./config.ts";
import { suggest } from "./suggest.ts";
import { UsageError } from "./usage-error.ts";

export interface ProviderEntry {
  readonly name: string;
  /** What the person should know before they approve, where that is known. */
  consent?(env: Context["env"]): string | undefined;
  /** @param host another host of the service; only for a sign-in, afterwards the grant knows it */
  load(env: Context["env"], host?: string): Promise<Provider>;
}

/** A provider that needs no declaration, and may be given tokens by the environment. */
interface KnownProvider extends ProviderEntry {
  /** The service's own variable for a key that takes the place of a session. */
  readonly keyVariable?: string | undefined;
  /**
   * Wraps what `TOKENFLOW_<PROVIDER>_GRANT` holds.
   * @param host the one place that it may be sent to, where the service has several
   */
  loadGrant(text: string, host?: string): Promise<Grant>;
}

/** The services that this program knows; each is loaded only when it is used. */
export const PROVIDERS: Readonly<Record<string, KnownProvider>> = {
  copilot: {
    name: "GitHub Copilot",
    consent: (env) =>
      env["TOKENFLOW_COPILOT_CLIENT_ID"]
        ? undefined
        : 'GitHub will name the app "GitHub Copilot Plugin"; TokenFlow is not an official client.',
    load: loadCopilotProvider,
    loadGrant: async (text, host) =>
      (await import("@tokenflow/provider-copilot")).createCopilotGrant(text, { host }),
  },
  hyper: {
    name: "Charm Hyper",
    keyVariable: "HYPER_API_KEY",
    async load(env) {
      const { createHyperProvider, hyperOptionsFromEnv } = await import("@tokenflow/provider-hyper");
      return createHyperProvider(hyperOptionsFromEnv(env));
    },
    loadGrant: async (text) => (await import("@tokenflow/provider-hyper")).createHyperGrant(text),
  },
};

/** What stands before the host in the id of an OAuth server. */
export const OAUTH = "oauth";

/** @param host another GitHub than the environment's */
export async function loadCopilotProvider(env: Context["env"], host?: string): Promise<CopilotProvider> {
  const { copilotOptionsFromEnv, createCopilotProvider } = await import("@tokenflow/provider-copilot");
  const options = copilotOptionsFromEnv(env);
  return createCopilotProvider(
    host === undefined ? options : { ...options, host, githubUrl: undefined, githubApiUrl: undefined },
  );
}

/** The client's secret comes from the environment alone: neither the command line nor a file shows it. */
export async function loadOAuthProvider(
  declaration: OAuthDeclaration,
  env: Context["env"],
): Promise<Provider> {
  const { createOAuthProvider } = await import("@tokenflow/provider-oauth");
  const clientSecret = env["TOKENFLOW_OAUTH_CLIENT_SECRET"] || undefined;
  return createOAuthProvider({ ...declaration, clientSecret });
}

/** @throws UsageError for a provider that does not exist */
export function requireProvider(id: string, { providers }: Config): ProviderEntry {
  const entry = Object.hasOwn(PROVIDERS, id) ? PROVIDERS[id] : undefined;
  if (entry) return entry;
  const declaration = Object.hasOwn(providers, id) ? providers[id] : undefined;
  if (declaration) {
    return { name: id.slice(OAUTH.length + 1), load: (env) => loadOAuthProvider(declaration, env) };
  }
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
