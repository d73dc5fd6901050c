export { startTestServer, type TestServer } from "./servers/servers.ts";
export { createChaosProvider } from "./workers/chaos-provider.ts";
