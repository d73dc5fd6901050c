export { EXIT, exitCodeOf } from "./messages/exit-code.ts";
export { formatError } from "./messages/format-error.ts";
export { formatMoment } from "./messages/moment.ts";
export { shortenHome } from "./messages/shorten-home.ts";
export { suggest } from "./messages/suggest.ts";
export { unwrapSuppressed } from "./messages/unwrap-suppressed.ts";
export { isUsageError, UsageError } from "./messages/usage-error.ts";
export { createBearerUpstream } from "./providers/bearer-upstream.ts";
export {
  loadCopilotProvider,
  PROVIDERS,
  type ProviderEntry,
  type ProviderModule,
} from "./providers/bundled-providers.ts";
export {
  findProvider,
  loadOAuthProvider,
  loadSecretPatterns,
  OAUTH,
  providerIds,
  readEnvCredential,
  requireProvider,
} from "./providers/registry.ts";
export {
  openServedSessions,
  type ServedSessions,
  type ServedSessionsOptions,
} from "./providers/served-sessions.ts";
export { DEFAULT_ACCOUNT, keyOf, listSessions, type SessionName } from "./providers/session-names.ts";
export {
  type Config,
  configPath,
  type Environment,
  type OAuthDeclaration,
  readConfig,
  readConfigText,
} from "./settings/config.ts";
export { ENCRYPTION_KINDS, type EncryptionKind, isEncryptionKind } from "./settings/encryption-kind.ts";
export { jsonErrorPosition, jsonMemberPosition } from "./settings/json-position.ts";
export { ConfigError, parseConfig } from "./settings/parse-config.ts";
export { openEncryption } from "./stores/encryption.ts";
export { hidePasswords } from "./stores/hide-passwords.ts";
export {
  homeOfSessions,
  type OpenStoreContextOptions,
  openStoreContext,
  type SessionStoreContext,
  type StoreKind,
} from "./stores/store-context.ts";
