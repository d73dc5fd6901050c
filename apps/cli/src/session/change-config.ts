import { open, rename } from "node:fs/promises";
import {
  type Config,
  ConfigError,
  configPath,
  parseConfig,
  readConfig,
  readConfigText,
  UsageError,
} from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "@tokenflow/core/provider";
import { createFileStore } from "@tokenflow/store-file";

/** What a change says anew. */
export type ConfigChange = Partial<Omit<Config, "warnings">>;

/**
 * Changes `config.json`, all of it or nothing. What else stands in it stays.
 * @throws what {@link readConfig} throws; `store.unavailable`, `store.locked`, `store.insecure`
 */
export async function changeConfig(
  folder: string,
  change: (config: Config) => ConfigChange,
): Promise<Config> {
  return changeConfigText(folder, (all) => {
    const { warnings: _warnings, ...now } = readConfig(folder);
    // What is undefined is left out when it is written.
    return {
      ...all,
      ...(JSON.parse(JSON.stringify({ ...now, ...change({ ...now, warnings: [] }) })) as JsonObject),
    };
  });
}

/**
 * As {@link changeConfig}, for any JSON that is a configuration afterwards.
 * @throws UsageError where it would be none
 */
export async function changeConfigText(
  folder: string,
  change: (all: JsonObject) => JsonValue,
): Promise<Config> {
  const path = configPath(folder);
  // Two changes at once must not undo each other. The lock also makes a folder that only the user can enter.
  await using _alone = await createFileStore({ folder }).lock("config");
  readConfig(folder);
  const all = parseJson(readConfigText(path));
  const text = `${JSON.stringify(change(isJsonObject(all) ? all : {}), undefined, 2)}\n`;
  try {
    parseConfig(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(`config.json ${error.message.replace(/ \(line .*\)$/, "")}`, "Nothing was changed.");
  }
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new TokenFlowError("store.unavailable", `${path} cannot be written (${code})`, {
      hint: "Check who owns its folder, and whether the disk is full.",
    });
  }
  return readConfig(folder);
}
