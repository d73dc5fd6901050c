import type { Area } from "./measure/result.ts";

/** Every area, each loaded only by the process that runs it. */
export const AREAS: Readonly<Record<string, () => Promise<Area>>> = {
  "hot-path": async () => (await import("./hot-path/hot-path.ts")).hotPath,
  proxy: async () => (await import("./proxy/proxy.ts")).proxy,
  startup: async () => (await import("./startup/startup.ts")).startup,
  contention: async () => (await import("./contention/contention.ts")).contention,
  stores: async () => (await import("./stores/stores.ts")).stores,
  weight: async () => (await import("./weight/weight.ts")).weight,
  growth: async () => (await import("./growth/growth.ts")).growth,
};
