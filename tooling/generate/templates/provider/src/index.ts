export { type AcmeProviderOptions, createAcmeProvider } from "./acme-provider.ts";
