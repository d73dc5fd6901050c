export { createFakeCall, type FakeCall, failureOf } from "./fake-call.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export { findSecret } from "./find-secret.ts";
export type { ExtraRequest, PollError, ProviderContractOptions } from "./provider/case.ts";
export { providerContract } from "./provider/provider-contract.ts";
export { type Answer, createScriptedFetch, type ScriptedFetch, type SeenRequest } from "./scripted-fetch.ts";
export type { ContractCase, StoreCapability, StoreContractOptions, StoreUnderTest } from "./store/case.ts";
export { storeContract } from "./store/store-contract.ts";
