import { isJsonObject, type JsonValue, parseJson } from "@tokenflow/core/provider";
import { suggest } from "../messages/suggest.ts";
import type { Config, OAuthDeclaration } from "./config.ts";
import { type EncryptionKind, isEncryptionKind } from "./encryption-kind.ts";
import { jsonErrorPosition, jsonMemberPosition } from "./json-position.ts";

const SETTINGS = ["store", "encryption", "providers"] as const;
const DECLARATION = ["issuer", "clientId", "scope", "upstream"] as const;

/** What is wrong with the text of a `config.json`, and where. */
export class ConfigError extends Error {}

/**
 * Reads the text of a `config.json`.
 * @throws ConfigError with what it is or wants, and the place
 */
export function parseConfig(text: string): Config {
  const value = parseJson(text);
  if (value === undefined) throw new ConfigError(`is not JSON (${jsonErrorPosition(text)})`);
  if (!isJsonObject(value)) throw new ConfigError("is not a JSON object");
  const warnings: string[] = [];
  const place = (path: readonly string[]): string => jsonMemberPosition(text, path);
  const readText = (holder: JsonValue | undefined, path: readonly string[]): string | undefined => {
    const found = isJsonObject(holder) ? holder[path.at(-1) ?? ""] : undefined;
    if (found === undefined || typeof found === "string") return found;
    throw new ConfigError(`wants text as "${path.join(".")}" (${place(path)})`);
  };
  const nameUnknown = (names: readonly string[], known: readonly string[], path: readonly string[]): void => {
    for (const name of names.filter((one) => !known.includes(one))) {
      const near = suggest(name, known);
      const where = place([...path, name]);
      warnings.push(
        `knows no "${[...path, name].join(".")}" (${where})${near ? `; did you mean ${near}?` : ""}`,
      );
    }
  };
  const readEncryption = (): EncryptionKind | undefined => {
    const { encryption } = value;
    if (encryption === undefined || isEncryptionKind(encryption)) return encryption;
    throw new ConfigError(`wants keychain, env or passphrase as "encryption" (${place(["encryption"])})`);
  };
  const readDeclaration = (id: string, declaration: JsonValue): OAuthDeclaration => {
    const path = ["providers", id];
    const read = (name: (typeof DECLARATION)[number]): string | undefined =>
      readText(declaration, [...path, name]);
    const [issuer, clientId, scope, upstream] = DECLARATION.map(read);
    if (!id.startsWith("oauth:")) {
      throw new ConfigError(`wants names such as oauth:<host> in "providers", not "${id}" (${place(path)})`);
    }
    if (!isJsonObject(declaration) || issuer === undefined || clientId === undefined) {
      throw new ConfigError(`wants issuer and clientId in "${path.join(".")}" (${place(path)})`);
    }
    nameUnknown(Object.keys(declaration), DECLARATION, path);
    return { issuer, clientId, scope, ...(upstream === undefined ? {} : { upstream }) };
  };
  const { providers = {} } = value;
  if (!isJsonObject(providers)) {
    throw new ConfigError(`wants an object as "providers" (${place(["providers"])})`);
  }
  nameUnknown(Object.keys(value), SETTINGS, []);
  return {
    store: readText(value, ["store"]),
    encryption: readEncryption(),
    providers: Object.fromEntries(
      Object.entries(providers).map(([id, declaration]) => [id, readDeclaration(id, declaration)]),
    ),
    warnings,
  };
}
