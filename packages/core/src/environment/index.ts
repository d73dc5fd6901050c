export {
  type CredentialsFromEnvOptions,
  credentialsFromEnv,
  type EnvCredential,
  type ReadEnvCredentialOptions,
  readEnvCredential,
} from "./credentials.ts";
export { type OutboundProxies, outboundProxies } from "./outbound-proxies.ts";
