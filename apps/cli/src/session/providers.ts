import { type Config, type OAuthDeclaration, suggest, UsageError } from "@tokenflow/common";
import type { Grant, Provider, TokenManagerOptions } from "@tokenflow/core";
import { acceptsCopilotToken, type CopilotProvider, copilotClientId } from "@tokenflow/provider-copilot";
import type { Context } from "../cli/command.ts";
import type { ProviderName } from "../formats/provider-names.ts";
import { createBearerUpstream } from "./bearer-upstream.ts";

export interface ProviderEntry {
  readonly name: string;
  /** What the person should know before they approve, where that is known. */
  consent?(env: Context["env"]): string | undefined;
  /** The application that the service names in its list of consents, where that is known. */
  application?(env: Context["env"]): string | undefined;
  /** @param host another host of the service; only for a sign-in, afterwards the grant knows it */
  load(env: Context["env"], host?: string): Promise<Provider>;
  /** What the environment gives in place of a session. */
  loadCredentials(env: Context["env"]): Promise<Pick<TokenManagerOptions, "staticToken" | "grant">>;
}

/** A provider that needs no declaration. */
interface KnownProvider extends ProviderEntry {
  /** The service's own variable for a key that takes the place of a session. */
  readonly keyVariable?: string | undefined;
  readonly acceptsToken?: Provider["acceptsToken"];
  /**
   * Wraps a grant that somebody has as text.
   * @param host the one place that it may be sent to, where the service has several
   */
  loadGrant(text: string, host?: string): Promise<Grant>;
}

/** The services that this program knows; each is loaded only when it is used. */
export const PROVIDERS: Readonly<Record<string, KnownProvider>> = {
  copilot: {
    name: "GitHub Copilot",
    consent(env) {
      const own = env["TOKENFLOW_COPILOT_CLIENT_ID"];
      const app = own ? "that this client id is of" : '"GitHub Copilot Plugin"';
      return `GitHub will name the app ${app}; TokenFlow is not an official client (client id ${own || copilotClientId}, scope read:user).`;
    },
    application: (env) => env["TOKENFLOW_COPILOT_CLIENT_ID"] || "GitHub Copilot Plugin",
    acceptsToken: acceptsCopilotToken,
    load: loadCopilotProvider,
    loadCredentials: async (env) =>
      (await import("@tokenflow/provider-copilot")).copilotCredentialsFromEnv(env),
    loadGrant: async (text, host) =>
      (await import("@tokenflow/provider-copilot")).createCopilotGrant(text, { host }),
  },
  hyper: {
    name: "Charm Hyper",
    application: () => "TokenFlow",
    keyVariable: "HYPER_API_KEY",
    async load(env) {
      const { createHyperProvider, hyperOptionsFromEnv } = await import("@tokenflow/provider-hyper");
      return createHyperProvider(hyperOptionsFromEnv(env));
    },
    loadCredentials: async (env) => (await import("@tokenflow/provider-hyper")).hyperCredentialsFromEnv(env),
    loadGrant: async (text) => (await import("@tokenflow/provider-hyper")).createHyperGrant(text),
  },
} satisfies Record<ProviderName, KnownProvider>;

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
  const { upstream, ...server } = declaration;
  return createOAuthProvider({
    ...server,
    clientSecret,
    upstream: upstream === undefined ? undefined : createBearerUpstream(upstream),
  });
}

/** @throws UsageError for a provider that does not exist */
export function requireProvider(id: string, { providers }: Config): ProviderEntry {
  const entry = Object.hasOwn(PROVIDERS, id) ? PROVIDERS[id] : undefined;
  if (entry) return entry;
  const declaration = Object.hasOwn(providers, id) ? providers[id] : undefined;
  if (declaration) {
    return {
      name: id.slice(OAUTH.length + 1),
      application: () => declaration.clientId,
      load: (env) => loadOAuthProvider(declaration, env),
      loadCredentials: async (env) =>
        (await import("@tokenflow/provider-oauth")).oauthCredentialsFromEnv(env, id),
    };
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
