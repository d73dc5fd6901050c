import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonValue, parseJson } from "@tokenflow/core/provider";

/** Shorter text is a word, which may be printed. */
const MIN_SECRET_LENGTH = 12;
/** Members of a grant that are not secret. */
const PUBLIC = /^https?:\/\/|^[\w.-]+:\d+$|\s/;

/** More members that are not secret. */
const NAMES = new Set(["clientId", "host", "issuer", "scope"]);

/** Reads every token and grant in the session files of a folder. Skips unreadable files. */
export async function storedSecrets(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json"));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8").catch(() => "")));
  return texts.flatMap((text) => {
    const record = parseJson(text);
    return isJsonObject(record) ? secretsIn([record["access_token"] ?? "", record["grant"] ?? ""]) : [];
  });
}

function secretsIn(value: JsonValue | undefined): readonly string[] {
  if (typeof value === "string") return value.length < MIN_SECRET_LENGTH || PUBLIC.test(value) ? [] : [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => (NAMES.has(name) ? [] : secretsIn(part)));
}
