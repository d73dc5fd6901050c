export { createOutboundDispatcher, networkProxyOf } from "./outbound-dispatcher.ts";
