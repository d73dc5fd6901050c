import { join } from "node:path";
import { isTokenFlowError } from "@tokenflow/core";
import type { Usage } from "../usage/create-usage.ts";
import type { SharedSums } from "../usage/shared-use.ts";
import type { Settings } from "./settings.ts";

/** The database in the folder of `config.json`. */
export const USAGE_FILE = "usage.db";

/** The places of usage and of budgets. */
export interface UsagePlace {
  /** Returns the folder of `config.json`, or throws if there is none; usage is in memory then. */
  readonly folder: () => string;
  /** Present if the sessions are in a store that has sums: then its proxies share their budgets, and their reports. */
  readonly sums?: SharedSums | undefined;
}

/** Opens what counts answers, unless nobody wants it. */
export async function openUsage(
  { usage, budgets }: Pick<Settings, "usage" | "budgets">,
  { folder, sums }: UsagePlace,
  say: (line: string) => void,
): Promise<Usage | undefined> {
  if (usage === "off" && budgets.length === 0) return undefined;
  const { createUsage } = await import("../usage/create-usage.ts");
  return createUsage({
    path: usage === "off" ? undefined : (usage ?? defaultPath(folder)),
    budgets,
    sums,
    keepsSums: usage !== "off",
    onNotice: say,
  });
}

function defaultPath(folder: () => string): string | undefined {
  try {
    return join(folder(), USAGE_FILE);
  } catch (error) {
    if (isTokenFlowError(error)) return undefined;
    throw error;
  }
}
