/** The services that need no declaration. */
export const PROVIDER_NAMES = ["copilot", "hyper"] as const;

export type ProviderName = (typeof PROVIDER_NAMES)[number];
