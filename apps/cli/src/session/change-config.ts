import { open, readlink, realpath, rename } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import {
  type Config,
  configPath,
  parseConfig,
  type ReadConfig,
  readConfig,
  readConfigText,
  SettingsError,
  UsageError,
} from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "@tokenflow/core/provider";
import { systemCode } from "@tokenflow/core/store";
import { createFileStore } from "@tokenflow/store-file";

/** The members of `config.json` that a change sets. */
export type ConfigChange = Partial<Config>;

/**
 * Changes `config.json` atomically. Other members stay.
 * @throws what {@link readConfig} throws; `store.unavailable`, `store.locked`, `store.insecure`
 */
export async function changeConfig(
  folder: string,
  change: (config: Config) => ConfigChange,
): Promise<ReadConfig> {
  return changeConfigText(folder, (all) => {
    const { warnings: _warnings, ...now } = readConfig(folder);
    // JSON leaves out members that are undefined.
    return {
      ...all,
      ...(JSON.parse(JSON.stringify({ ...now, ...change(now) })) as JsonObject),
    };
  });
}

/**
 * Changes `config.json` like {@link changeConfig}, and accepts any JSON that is a valid configuration afterwards.
 * @throws UsageError if it is not
 */
export async function changeConfigText(
  folder: string,
  change: (all: JsonObject) => JsonValue,
): Promise<ReadConfig> {
  const path = configPath(folder);
  // The lock keeps two changes from overwriting each other, and creates a folder that only the user can enter.
  await using _lock = await createFileStore({ folder }).lock("config");
  readConfig(folder);
  const all = parseJson(readConfigText(path));
  const text = `${JSON.stringify(change(isJsonObject(all) ? all : {}), undefined, 2)}\n`;
  try {
    parseConfig(text);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new UsageError(`config.json: ${error.message}`, "Nothing was changed.");
  }
  try {
    const target = await behindLinks(path);
    const temporary = `${target}.tmp`;
    const file = await open(temporary, "w", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    const code = systemCode(error) ?? "unknown";
    throw new TokenFlowError("store.unavailable", `${path} cannot be written (${code})`, {
      hint: "Check the owner of its folder, and that the disk is not full.",
    });
  }
  return readConfig(folder);
}

/** Returns the file itself: a link to it, as managers of dotfiles make them, stays. The file may not exist yet. */
async function behindLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    const link = await readlink(path).catch(() => undefined);
    return link === undefined ? path : resolve(dirname(path), link);
  }
}
