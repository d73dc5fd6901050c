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
export {
  type OutboundProxies,
  type OutboundProxy,
  outboundProxies,
  type ProxyVariable,
  proxyVariables,
  readOutboundProxy,
} from "./outbound-proxies.ts";
