export { type AcmeStoreOptions, createAcmeStore } from "./acme-store.ts";
