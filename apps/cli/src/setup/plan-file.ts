import { readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readRegularFile, UsageError } from "@tokenflow/common";
import { systemCode } from "@tokenflow/core/store";
import { createTwoFilesPatch } from "diff";
import type { SettingsFile } from "../clients/client.ts";
import { editJson } from "./edit-json.ts";
import { editToml } from "./edit-toml.ts";
import { editYaml } from "./edit-yaml.ts";

const MAX_LINKS = 100;
/** Some clients keep their projects and their past in the same file. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A change of one file that has not been written. */
export interface PlannedFile {
  /** The path as the client knows it. */
  readonly path: string;
  /** The file itself, if the path is a link. */
  readonly target: string;
  /** Absent if there is no file yet. */
  readonly before?: string | undefined;
  readonly after: string;
  /** Empty if nothing changes. */
  readonly diff: string;
}

/**
 * Reads a client's file and plans its change. Writes nothing.
 * @throws UsageError if the file cannot be read, or cannot be changed without a loss
 */
export async function planFile(file: SettingsFile): Promise<PlannedFile> {
  const { path } = file;
  const target = await followLinks(path);
  const before = read(target);
  let after: string;
  try {
    after = edit(before ?? "", file);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`${path} was not changed: ${error.message}`, "Repair the file, then try again.");
  }
  const shown = after === before ? "" : createTwoFilesPatch(path, path, before ?? "", after, "", "");
  // The first line repeats a line of equals signs.
  return { path, target, before, after, diff: shown.split("\n").slice(1).join("\n").trimEnd() };
}

function edit(text: string, file: SettingsFile): string {
  switch (file.format) {
    case "json":
      return editJson(text, file.edits);
    case "yaml":
      return editYaml(text, file.edits);
    case "toml":
      return editToml(text, file.edits);
  }
}

export function read(path: string): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readRegularFile(path, MAX_BYTES).bytes;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = systemCode(error) ?? "unknown";
    if (code === "ENOENT") return undefined;
    throw new UsageError(`${path} cannot be read (${code})`, "Check its owner and its mode.");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path} is not UTF-8 text`, "Nothing was changed.");
  }
}

/** Returns the file that a link leads to. Neither the file nor the last folders of its path need to be there yet. */
async function followLinks(path: string, depth = 0): Promise<string> {
  if (depth > MAX_LINKS) throw new UsageError(`${path} is a link that leads nowhere`, "Remove the link.");
  try {
    return await realpath(path);
  } catch {
    const link = await readlink(path).catch(() => undefined);
    if (link !== undefined) return followLinks(resolve(dirname(path), link), depth + 1);
    const folder = dirname(path);
    return folder === path ? path : join(await followLinks(folder, depth + 1), basename(path));
  }
}
