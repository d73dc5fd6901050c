export type { GitHubTokenOwner } from "./api/account.ts";
export { copilotApiError } from "./api/api-error.ts";
export {
  type CopilotProvider,
  type CopilotProviderOptions,
  createCopilotProvider,
} from "./copilot-provider.ts";
export { copilotClientId } from "./service/apps.ts";
export { type CopilotTokenDetails, copilotTokenDetails } from "./service/details.ts";
export { type GivenGitHubToken, readGitHubVariable } from "./service/github-variables.ts";
export { type CopilotGrant, createCopilotGrant } from "./service/grant.ts";
export type { CopilotHostOptions } from "./service/hosts.ts";
export type { CopilotIdentityOptions } from "./service/identity.ts";
export type { CopilotMode, CopilotModeOptions } from "./service/mode.ts";
export {
  type CopilotCredentialsOptions,
  type CopilotOptionsFromEnv,
  copilotCredentialsFromEnv,
  copilotOptionsFromEnv,
} from "./service/options-from-env.ts";
export { acceptsCopilotToken, copilotSecretPatterns } from "./service/secrets.ts";
export { type ExchangeOptions, exchangeGitHubToken } from "./sign-in/exchange-github-token.ts";
export { copilotQuotas } from "./wire/quota-headers.ts";
