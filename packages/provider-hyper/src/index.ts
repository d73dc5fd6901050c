export { createHyperGrant } from "./grant.ts";
export { createHyperProvider, type HyperProvider, type HyperProviderOptions } from "./hyper-provider.ts";
export { hyperCredentialsFromEnv, hyperOptionsFromEnv } from "./options-from-env.ts";
export { hyperSecretPatterns } from "./wire.ts";
