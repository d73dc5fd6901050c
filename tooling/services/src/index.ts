export { type HostileService, startHostileService } from "./hostile/hostile-service.ts";
export { findControl, HOSTILE_SAMPLES, HOSTILE_TEXTS } from "./hostile/hostile-text.ts";
export { type Keychain, startKeychain } from "./keychain.ts";
export { type KeyvCase, keyvSuite } from "./keyv-suite.ts";
export { type Assumptions, createAssumptions, isLive } from "./live-service.ts";
export { type McpServer, type McpServerOptions, startMcpServer } from "./mcp/mcp-server.ts";
export { type Certificate, type CertificateOptions, createCertificate } from "./network/certificate.ts";
export { startTlsFront, type TlsFront } from "./network/tls-front.ts";
export { startTlsServer, type TlsServer } from "./network/tls-server.ts";
export { startTunnelProxy, type TunnelAnswer, type TunnelProxy } from "./network/tunnel-proxy.ts";
export { PROXY_AUTHORIZATION, type WayOutCase, wayOutCases } from "./network/way-out-cases.ts";
export {
  type OidcClient,
  type OidcServer,
  type OidcServerOptions,
  startOidcServer,
} from "./oidc/oidc-server.ts";
export { walkPages } from "./oidc/walk-pages.ts";
export type { TokenRequest } from "./oidc/watch-tokens.ts";
export { createFolder, type TemporaryFolder } from "./processes/create-folder.ts";
export { freePort } from "./processes/free-port.ts";
export { hasServices, isInstalled } from "./processes/has-services.ts";
export { type Child, startChild, startWatched } from "./processes/start-child.ts";
export { until } from "./processes/until.ts";
export { type RedisCluster, startCluster } from "./redis/redis-cluster.ts";
export {
  noRedis,
  type RedisServer,
  type RedisServerOptions,
  startRedis,
  startReplica,
} from "./redis/redis-server.ts";
export { type Sentinels, startSentinels } from "./redis/sentinels.ts";
export { startTlsRedis, type TlsRedis } from "./redis/tls-redis.ts";
export { hasAuthlib, startAuthlib } from "./servers/authlib.ts";
export { SERVER_CASES, type ServerCase, type ServerClient } from "./servers/server-cases.ts";
export { writeSection } from "./write-section.ts";
export { isStaleTable } from "./write-table.ts";
