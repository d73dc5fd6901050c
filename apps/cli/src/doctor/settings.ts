import { configPath, tilde } from "@tokenflow/common";
import { effectiveSettings } from "../session/settings.ts";
import type { Check } from "./check.ts";

export const settings: Check = {
  name: "settings",
  async run({ context, place: { config, folder } }) {
    const file = tilde(configPath(folder));
    const chosen = effectiveSettings(context, config)
      .filter(({ from }) => from !== "default")
      .map(({ setting, value, from }) => `${setting} is ${value} (${from})`);
    return [
      { level: "green", says: chosen.length === 0 ? "all as by default" : chosen.join(", ") },
      ...config.remarks.map((remark) => ({
        level: "yellow" as const,
        says: `${file} ${remark}`,
        mend: "Correct or remove it.",
      })),
    ];
  },
};
