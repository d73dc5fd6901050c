import type { UsageView } from "../monitor/proxy-status.ts";
import { element } from "./element.ts";
import { day } from "./words.ts";

const LOW_SHARE = 0.1;

/** Creates one bar for each quota, with the rest of it. */
export function quotaBars({ plan, resetsAt, quotas }: UsageView): readonly HTMLElement[] {
  const details = [
    plan === undefined ? undefined : `Plan ${plan}`,
    resetsAt === undefined ? undefined : `resets on ${day(resetsAt)}`,
  ];
  const line = details.filter((part) => part !== undefined).join(" · ");
  return [
    element("ul", { class: "quotas", "aria-label": "Quotas" }, ...quotas.map(quotaBar)),
    ...(line === "" ? [] : [element("p", { class: "soft small" }, line)]),
  ];
}

function quotaBar({
  name,
  limit,
  remaining,
  used,
  overage = 0,
  unit,
}: UsageView["quotas"][number]): HTMLElement {
  const label = name.replaceAll("_", " ");
  const number = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 2 });
  const unitText = unit === undefined ? "" : ` ${unit}`;
  const isBounded = remaining !== undefined && limit !== undefined && limit > 0;
  const over = overage > 0 ? `, ${number(overage)} over` : "";
  const left =
    remaining === undefined
      ? `unlimited${used === undefined ? "" : `, ${number(used)}${unitText} used`}`
      : `${number(remaining)}${isBounded ? ` of ${number(limit)}` : ""}${unitText} left${over}`;
  const share = isBounded ? Math.max(0, Math.min(1, remaining / limit)) : 1;
  const bar = element("span");
  bar.style.width = `${(share * 100).toFixed(1)}%`;
  return element(
    "li",
    { "data-low": isBounded && share < LOW_SHARE },
    element(
      "span",
      { class: "row spread" },
      element("span", {}, label),
      element("span", { class: "soft" }, left),
    ),
    isBounded ? element("span", { class: "track", "aria-hidden": "true" }, bar) : undefined,
  );
}
