export { type HyperApi, type HyperApiOptions, hyperApi } from "./address.ts";
export { hyperOptionsFromEnv } from "./options-from-env.ts";
