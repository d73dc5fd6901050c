export type { GitHubTokenOwner } from "./account.ts";
export { copilotApiError } from "./api-error.ts";
export {
  type CopilotProvider,
  type CopilotProviderOptions,
  createCopilotProvider,
} from "./copilot-provider.ts";
export { type CopilotTokenDetails, copilotTokenDetails } from "./details.ts";
export { type ExchangeOptions, exchangeGitHubToken } from "./exchange-github-token.ts";
export { copilotGivenFromEnv } from "./given-from-env.ts";
export { type CopilotGrant, createCopilotGrant } from "./grant.ts";
export type { CopilotHostOptions } from "./hosts.ts";
export type { CopilotIdentityOptions } from "./identity.ts";
export { copilotOptionsFromEnv } from "./options-from-env.ts";
export { copilotQuotas } from "./quota-headers.ts";
