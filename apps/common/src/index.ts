export {
  type Config,
  configPath,
  type Environment,
  type OAuthDeclaration,
  readConfig,
  readConfigText,
} from "./config.ts";
export { openEncryption } from "./encryption.ts";
export { ENCRYPTION_KINDS, type EncryptionKind, isEncryptionKind } from "./encryption-kind.ts";
export { EXIT, exitCodeOf } from "./exit-code.ts";
export { firstCause } from "./first-cause.ts";
export { hidePasswords } from "./hide-passwords.ts";
export { jsonErrorPlace, jsonMemberPlace } from "./json-place.ts";
export { formatMoment } from "./moment.ts";
export { ConfigError, parseConfig } from "./parse-config.ts";
export { homeOfSessions, type OpenPlaceOptions, openPlace, type Place, type StoreKind } from "./place.ts";
export { sentences } from "./sentences.ts";
export { suggest } from "./suggest.ts";
export { tilde } from "./tilde.ts";
export { isUsageError, UsageError } from "./usage-error.ts";
