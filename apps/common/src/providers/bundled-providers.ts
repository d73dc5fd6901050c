import type { Grant, Provider, TokenManagerOptions, Upstream } from "@tokenflow/core";
import type { CopilotProvider } from "@tokenflow/provider-copilot";
import { copilotApi, copilotOptionsFromEnv } from "@tokenflow/provider-copilot/api";
import { hyperApi, hyperOptionsFromEnv } from "@tokenflow/provider-hyper/api";
import type { Environment } from "../settings/config.ts";

/** One provider's package, with its settings taken from the environment. */
export interface ProviderModule {
  /** @param host another host of the service; only for a sign-in, because the grant remembers it afterwards */
  createProvider(env: Environment, host?: string): Provider;
  /** Reads the token or grant that the environment gives in place of a stored session. */
  readCredentials(env: Environment): Pick<TokenManagerOptions, "staticToken" | "grant">;
  /**
   * Wraps a grant that a person has as text. Absent if a grant needs more than its text.
   * @param host the only host that the grant may be sent to, if the service has several
   */
  createGrant?(text: string, host?: string): Grant;
  /** Returns the name of the application in the service's list of consents. */
  appName?(env: Environment): string | undefined;
  readonly acceptsToken?: Provider["acceptsToken"];
  /** Patterns of the service's secrets, which both programs hide. */
  readonly secretPatterns?: readonly RegExp[];
  /** Returns the addresses that credentials are sent to. */
  origins(env: Environment): readonly string[];
}

/** The address of a provider's API, and the headers that it needs besides `Authorization`. */
export type ProviderApi = Pick<Upstream, "baseUrl" | "address" | "headers">;

/** A provider that these programs know, or a server that the settings declare. Its package is loaded by `load()` and not before. */
export interface ProviderEntry {
  /** The name for people: `GitHub Copilot`. */
  readonly name: string;
  /**
   * Returns the service's own variable that holds a grant. It is called only if the person asked for that.
   * @throws UsageError if none is set
   */
  readonly findGrantVariable?: ((env: Environment) => Promise<string>) | undefined;
  /** The service's own variable for a key that takes the place of a session: `HYPER_API_KEY`. */
  readonly keyVariable?: string | undefined;
  /**
   * Describes the API without loading the rest of the provider, so that helpers start sooner.
   * @throws `provider.misconfigured` if the environment has no good address or setting
   */
  readonly describeApi?: ((env: Environment) => ProviderApi) | undefined;
  load(): Promise<ProviderModule>;
}

/** The providers that need no declaration, by id. Both programs read this table; a new provider is one line here. */
export const PROVIDERS: Readonly<Record<string, ProviderEntry>> = {
  copilot: {
    name: "GitHub Copilot",
    describeApi: (env) => copilotApi(copilotOptionsFromEnv(env)),
    findGrantVariable: async (env) => (await import("./copilot.ts")).findGrantVariable(env),
    load: () => import("./copilot.ts"),
  },
  hyper: {
    name: "Charm Hyper",
    describeApi: (env) => hyperApi(hyperOptionsFromEnv(env)),
    keyVariable: "HYPER_API_KEY",
    load: () => import("./hyper.ts"),
  },
};

/** @param host another GitHub than the one that the environment names */
export async function loadCopilotProvider(env: Environment, host?: string): Promise<CopilotProvider> {
  return (await import("./copilot.ts")).createProvider(env, host);
}
