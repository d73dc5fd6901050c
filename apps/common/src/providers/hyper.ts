import type { Grant, Provider, TokenManagerOptions } from "@tokenflow/core";
import {
  createHyperGrant,
  createHyperProvider,
  hyperCredentialsFromEnv,
  hyperOptionsFromEnv,
  hyperSecretPatterns,
} from "@tokenflow/provider-hyper";
import type { Environment } from "../settings/config.ts";

export { hyperSecretPatterns as secretPatterns };

export function createProvider(env: Environment): Provider {
  return createHyperProvider(hyperOptionsFromEnv(env));
}

export function readCredentials(env: Environment): Pick<TokenManagerOptions, "staticToken" | "grant"> {
  return hyperCredentialsFromEnv(env);
}

export function createGrant(text: string): Grant {
  return createHyperGrant(text);
}

export function appName(): string {
  return "TokenFlow";
}

export function origins(env: Environment): readonly string[] {
  return [env["HYPER_URL"] || "https://hyper.charm.land"];
}
