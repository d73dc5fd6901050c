export { EXIT, exitCodeOf } from "./messages/exit-code.ts";
export { sentences } from "./messages/format-error.ts";
export { formatMoment } from "./messages/moment.ts";
export { tilde } from "./messages/shorten-home.ts";
export { suggest } from "./messages/suggest.ts";
export { firstCause } from "./messages/unwrap-suppressed.ts";
export { isUsageError, UsageError } from "./messages/usage-error.ts";
export {
  type Config,
  configPath,
  type Environment,
  type OAuthDeclaration,
  readConfig,
  readConfigText,
} from "./settings/config.ts";
export { ENCRYPTION_KINDS, type EncryptionKind, isEncryptionKind } from "./settings/encryption-kind.ts";
export { jsonErrorPlace, jsonMemberPlace } from "./settings/json-position.ts";
export { ConfigError, parseConfig } from "./settings/parse-config.ts";
export { openEncryption } from "./stores/encryption.ts";
export { hidePasswords } from "./stores/hide-passwords.ts";
export {
  homeOfSessions,
  type OpenPlaceOptions,
  openPlace,
  type Place,
  type StoreKind,
} from "./stores/store-context.ts";
