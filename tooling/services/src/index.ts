export { freePort } from "./free-port.ts";
export { hasServices } from "./has-services.ts";
export { type Keychain, startKeychain } from "./keychain.ts";
export { type KeyvCase, keyvSuite } from "./keyv-suite.ts";
export { type Assumptions, createAssumptions, isLive } from "./live-service.ts";
export { type OidcClient, type OidcServer, type OidcServerOptions, startOidcServer } from "./oidc-server.ts";
export { type RedisCluster, startCluster } from "./redis-cluster.ts";
export {
  noRedis,
  type RedisServer,
  type RedisServerOptions,
  startRedis,
  startReplica,
} from "./redis-server.ts";
export { type Sentinels, startSentinels } from "./sentinels.ts";
export { type Child, startChild } from "./start-child.ts";
export { startTlsRedis, type TlsRedis } from "./tls-redis.ts";
export { walkPages } from "./walk-pages.ts";
