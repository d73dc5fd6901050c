export { type ChaosServer, startServer } from "./servers/chaos-server.ts";
export { makeRotatingAuthority } from "./servers/servers.ts";
export { createChaosProvider } from "./workers/chaos-provider.ts";
