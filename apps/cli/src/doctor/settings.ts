import { configPath, shortenHome } from "@tokenflow/common";
import { effectiveSettings } from "../session/settings.ts";
import type { Check } from "./check.ts";

export const settings: Check = {
  name: "settings",
  async run({ context, place: { config, folder } }) {
    const file = shortenHome(configPath(folder));
    const chosen = effectiveSettings(context, config)
      .filter(({ from }) => from !== "default")
      .map(({ setting, value, from }) => `${setting} is ${value} (${from})`);
    return [
      { level: "green", message: chosen.length === 0 ? "all as by default" : chosen.join(", ") },
      ...config.warnings.map((warning) => ({
        level: "yellow" as const,
        message: `${file} ${warning}`,
        fix: "Correct or remove it.",
      })),
    ];
  },
};
