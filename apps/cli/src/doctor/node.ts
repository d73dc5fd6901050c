import type { Check } from "./check.ts";

/** An older one ends before any check, with one sentence. */
export const node: Check<unknown> = {
  name: "node",
  run: async () => [
    { level: "green", message: `Node ${process.versions.node} on ${process.platform} ${process.arch}` },
  ],
};
