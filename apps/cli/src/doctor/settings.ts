import { hidePasswords } from "@tokenflow/common";
import { effectiveSettings, type Setting } from "../session/settings.ts";
import type { Check, Finding } from "./check.ts";

/** Every variable that changes where something is, who is signed in, or how; also a misspelt one. */
const VARIABLE = /^(?:TOKENFLOW_|HYPER_URL$|HYPER_API_KEY$|XDG_CONFIG_HOME$)/;
const SECRET = /(?:TOKEN|GRANT|KEYS?|SECRET|PASSPHRASE)$/;

/** Shows every setting that differs from its default, with its source, and warnings about `config.json`. */
export const settings: Check = {
  name: "settings",
  async run({ context, storeContext: { config } }) {
    const chosen = effectiveSettings(context, config).filter(({ from }) => from !== "default");
    const shown = [...chosen, ...fromVariables(context.env)].map(
      ({ setting, value, from }): Finding => ({
        level: "green",
        message: `${setting} is ${value} (${from})`,
      }),
    );
    return [
      ...(shown.length > 0
        ? shown
        : [{ level: "green" as const, message: "all settings have their defaults" }]),
      ...config.warnings.map((warning) => ({
        level: "yellow" as const,
        message: warning,
        fix: "Correct it or remove it.",
      })),
    ];
  },
};

/** The store's variable is left to `effectiveSettings`. Secrets are not shown. */
function fromVariables(env: Readonly<Record<string, string | undefined>>): readonly Setting[] {
  return Object.entries(env)
    .filter(([name, value]) => VARIABLE.test(name) && name !== "TOKENFLOW_STORE" && value)
    .toSorted(([a], [b]) => a.localeCompare(b, "en"))
    .map(([name, value = ""]) => ({
      setting: name,
      value: SECRET.test(name) ? "set" : hidePasswords(value),
      from: "environment",
    }));
}
