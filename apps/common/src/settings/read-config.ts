import { shortenHome } from "../messages/shown-text.ts";
import { UsageError } from "../messages/usage-error.ts";
import { type Config, checkConfig, configPath, readConfigText } from "./config.ts";
import { formatRemark, type ParsedSettings, parseSettings, SettingsError } from "./parse-settings.ts";

/** The settings in `config.json`, and one line about each member that nothing knows. */
export interface ReadConfig extends Config {
  readonly warnings: readonly string[];
}

/**
 * Reads `config.json` in the sessions' folder.
 * @throws UsageError if it is broken, with the place; `store.unavailable` if it cannot be read
 */
export function readConfig(folder: string): ReadConfig {
  const path = configPath(folder);
  const file = shortenHome(path);
  try {
    const { output, warnings } = parseConfig(readConfigText(path));
    return { ...output, warnings: warnings.map((warning) => formatRemark(file, warning)) };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new UsageError(formatRemark(file, error), "Fix the file, or delete it to start over.");
  }
}

/** @throws SettingsError */
export function parseConfig(text: string): ParsedSettings<Config> {
  return parseSettings(text, checkConfig);
}
