import { effectiveSettings } from "../session/settings.ts";
import type { Check } from "./check.ts";

/** Shows the settings that differ from the defaults, and warnings about `config.json`. */
export const settings: Check = {
  name: "settings",
  async run({ context, storeContext: { config } }) {
    const chosen = effectiveSettings(context, config)
      .filter(({ from }) => from !== "default")
      .map(({ setting, value, from }) => `${setting} is ${value} (${from})`);
    return [
      {
        level: "green",
        message: chosen.length === 0 ? "all settings have their defaults" : chosen.join(", "),
      },
      ...config.warnings.map((warning) => ({
        level: "yellow" as const,
        message: warning,
        fix: "Correct it or remove it.",
      })),
    ];
  },
};
