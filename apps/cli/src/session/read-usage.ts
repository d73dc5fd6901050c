import { formatMoment, type SessionStoreContext } from "@tokenflow/common";
import type { Quota, Usage } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { readProblem } from "../cli/problem.ts";
import { formatTable } from "../terminal/format.ts";
import { openManager } from "./open-manager.ts";
import type { SessionRow } from "./session-rows.ts";

/** A session with what its service tells of its quotas, or why it tells nothing. */
export interface UsageRow {
  readonly row: SessionRow;
  readonly usage?: Usage | undefined;
  readonly problem?: string | undefined;
}

/** Asks the service of each session for its plan and quotas. Sessions that cannot be asked are left out. */
export async function readUsages(
  rows: readonly SessionRow[],
  storeContext: SessionStoreContext,
  context: Context,
): Promise<readonly UsageRow[]> {
  const { signal } = context;
  const usages = await Promise.all(
    rows.map(async (row): Promise<UsageRow | undefined> => {
      if (row.state === "not_configured" || row.state === "unavailable") return undefined;
      await using manager = await openManager(row, storeContext, context);
      if (!manager.provider.upstream?.usage) return undefined;
      try {
        return { row, usage: await manager.usage({ signal }) };
      } catch (error) {
        signal.throwIfAborted();
        const { message, hint } = await readProblem(error);
        return { row, problem: hint === undefined ? message : `${message}. ${hint}` };
      }
    }),
  );
  return usages.filter((usage) => usage !== undefined);
}

/** Formats one line for each quota: what is left, and when it is reset. */
export function usageTable(usages: readonly UsageRow[], now: number): Promise<string> {
  const lines = usages.flatMap(({ row, usage }) =>
    (usage?.quotas ?? []).map((quota) => [
      row.provider,
      row.account,
      usage?.plan ?? "–",
      quota.name.replaceAll("_", " "),
      amountLeft(quota),
      resetOf(quota, usage, now),
    ]),
  );
  return formatTable(["PROVIDER", "ACCOUNT", "PLAN", "QUOTA", "LEFT", "RESETS"], lines);
}

/** Formats `1,437.5 of 1,500 credits`, or `unlimited, 31 credits used`. */
function amountLeft({ limit, remaining, used, unit, details }: Quota): string {
  const words = unit === undefined ? "" : ` ${unit}`;
  if (remaining === undefined) return `unlimited${used ? `, ${number(used)}${words} used` : ""}`;
  const of = limit === undefined ? "" : ` of ${number(limit)}`;
  const over = details?.["overage"];
  return `${number(remaining)}${of}${words}${typeof over === "number" && over > 0 ? `, ${number(over)} over` : ""}`;
}

function resetOf({ remaining, details }: Quota, usage: Usage | undefined, now: number): string {
  const own = details?.["resetsAt"];
  const at = typeof own === "number" ? own : usage?.resetsAt;
  return at === undefined || remaining === undefined ? "–" : formatMoment(at, now);
}

function number(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 2 });
}

export function usageJson(usage: Usage): object {
  const { plan, resetsAt, quotas } = usage;
  return {
    plan,
    resets_at: resetsAt === undefined ? undefined : new Date(resetsAt).toISOString(),
    quotas: quotas.map(({ details, ...quota }) => ({
      ...quota,
      overage: details?.["overage"],
      overage_permitted: details?.["overagePermitted"],
    })),
  };
}
