export {
  type CredentialsFromEnvOptions,
  credentialsFromEnv,
  type EnvCredential,
  type EnvCredentialOptions,
  grantEnvVar,
  type ReadEnvCredentialOptions,
  readEnvCredential,
  tokenEnvVar,
} from "./credentials.ts";
export { type OutboundProxies, outboundProxies } from "./outbound-proxies.ts";
