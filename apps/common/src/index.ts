// Messages, and the exit codes of both programs.
export { EXIT, exitCodeOf } from "./messages/exit-code.ts";
export { homeFolder } from "./messages/home-folder.ts";
export { escapeControls, formatMoment, hidePasswords, shortenHome } from "./messages/shown-text.ts";
export { startedAs } from "./messages/started-as.ts";
export { sessionWords, stateWords } from "./messages/state-words.ts";
export { suggest } from "./messages/suggest.ts";
export { formatError, isUsageError, UsageError, unwrapSuppressed } from "./messages/usage-error.ts";
// Requests that carry a credential.
export { nodeFetch } from "./network/node-transport.ts";
// Providers and the sessions behind a proxy.
export { createBearerUpstream } from "./providers/bearer-upstream.ts";
export {
  loadCopilotProvider,
  PROVIDERS,
  type ProviderEntry,
  type ProviderModule,
} from "./providers/bundled-providers.ts";
export {
  clientSecretVariable,
  findProvider,
  isMcpServer,
  isOAuthHost,
  isProviderName,
  loadMcp,
  loadOAuthClients,
  loadOAuthProvider,
  loadOAuthServices,
  loadSecretPatterns,
  OAUTH,
  providerIds,
  providerWord,
  readEnvCredential,
  registrationTokenVariable,
  requireProvider,
  workloadGrantOf,
} from "./providers/registry.ts";
export { secretVariables } from "./providers/secret-variables.ts";
export {
  openServedSessions,
  type ServedSessions,
  type ServedSessionsOptions,
} from "./providers/served-sessions.ts";
export { DEFAULT_ACCOUNT, keyOf, listSessions, type SessionName } from "./providers/session-names.ts";
// Settings: `config.json`, and the parts that other settings are made of.
export {
  type CheckedSettings,
  checkSettings,
  describeIssue,
  jsonObject,
  settingsObject,
} from "./settings/check-settings.ts";
export {
  type Config,
  configPath,
  ENCRYPTION_KINDS,
  type EncryptionKind,
  type Environment,
  FROM_ENV,
  isEncryptionKind,
  readConfigText,
} from "./settings/config.ts";
export { jsonErrorPosition, jsonMemberPosition } from "./settings/json-position.ts";
export {
  CLIENT_AUTHENTICATIONS,
  type ClientAuthentication,
  DECLARED_LISTS,
  DECLARED_TEXTS,
  ENDPOINT_NAMES,
  type EndpointName,
  type OAuthDeclaration,
  WORKLOAD_GRANTS,
  type WorkloadGrant,
} from "./settings/oauth-declaration.ts";
export { DURATION_FORM, parseDuration, readDuration } from "./settings/parse-duration.ts";
export {
  formatRemark,
  type ParsedSettings,
  parseSettings,
  SettingsError,
  type SettingsRemark,
} from "./settings/parse-settings.ts";
export { parseConfig, type ReadConfig, readConfig } from "./settings/read-config.ts";
export { readRegularFile, readTextFile, type TextFile } from "./settings/read-text-file.ts";
// Stores, and what their sessions are encrypted with.
export { openEncryption } from "./stores/encryption.ts";
export {
  homeOfSessions,
  type OpenStoreContextOptions,
  openStoreContext,
  type SessionStoreContext,
  type StoreKind,
} from "./stores/store-context.ts";
