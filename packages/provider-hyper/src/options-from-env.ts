import type { HyperProviderOptions } from "./hyper-provider.ts";

/** Environment variables as `process.env` holds them. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Maps `HYPER_URL` to options. Pure: the provider itself reads no environment. An empty value counts as unset. */
export function hyperOptionsFromEnv(env: Environment): HyperProviderOptions {
  return { url: env["HYPER_URL"] || undefined };
}

/** `HYPER_API_KEY`, to be given to the manager as `staticToken`: a key needs no sign-in and no refresh, and wins over a session. */
export function hyperApiKeyFromEnv(env: Environment): string | undefined {
  return env["HYPER_API_KEY"] || undefined;
}
