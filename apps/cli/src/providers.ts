import type { Grant, Provider } from "@tokenflow/core";
import type { Context } from "./command.ts";
import { suggest } from "./suggest.ts";
import { UsageError } from "./usage-error.ts";

interface ProviderEntry {
  readonly name: string;
  /** What the person should know before they approve, where that is known. */
  consent?(env: Context["env"]): string | undefined;
  /** The service's own variable for a key that takes the place of a session. */
  readonly keyVariable?: string | undefined;
  load(env: Context["env"]): Promise<Provider>;
  /** Wraps what `TOKENFLOW_<PROVIDER>_GRANT` holds. */
  loadGrant(text: string): Promise<Grant>;
}

/** The services that this program knows; each is loaded only when it is used. */
export const PROVIDERS: Readonly<Record<string, ProviderEntry>> = {
  copilot: {
    name: "GitHub Copilot",
    consent: (env) =>
      env["TOKENFLOW_COPILOT_CLIENT_ID"]
        ? undefined
        : 'GitHub will name the app "GitHub Copilot Plugin"; TokenFlow is not an official client.',
    async load(env) {
      const { copilotOptionsFromEnv, createCopilotProvider } = await import("@tokenflow/provider-copilot");
      return createCopilotProvider(copilotOptionsFromEnv(env));
    },
    loadGrant: async (text) => (await import("@tokenflow/provider-copilot")).createCopilotGrant(text),
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

/** @throws UsageError for a provider that does not exist */
export function requireProvider(id: string): ProviderEntry {
  const entry = Object.hasOwn(PROVIDERS, id) ? PROVIDERS[id] : undefined;
  if (entry) return entry;
  const known = Object.keys(PROVIDERS);
  const near = suggest(id, known);
  throw new UsageError(
    `there is no provider "${id}"${near ? `; did you mean ${near}?` : ""}`,
    `Providers: ${known.join(", ")}`,
  );
}
