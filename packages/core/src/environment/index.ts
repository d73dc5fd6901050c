export {
  type Given,
  type GivenFromEnvOptions,
  givenFromEnv,
  type ReadGivenOptions,
  readGiven,
} from "./given.ts";
export { type OutboundProxies, outboundProxies } from "./outbound-proxies.ts";
