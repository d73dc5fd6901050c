import {
  asObject,
  asString,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
} from "@tokenflow/core/provider";
import { type Environment, GITHUB_VARIABLES } from "../service/github-variables.ts";

/** A value that may be a token, unchecked. */
export interface Candidate {
  readonly host: string;
  readonly value: unknown;
  readonly user?: string | undefined;
  readonly clientId?: string | undefined;
  /** The entry in the source, if it has several. */
  readonly name?: string | undefined;
}

const GITHUB = "github.com";

/**
 * Reads `hosts.json` and `apps.json`. A key is a host up to the first colon, then perhaps a client id, then perhaps an
 * editor (`github.com:<client id>:zed`).
 */
export function readPluginFile(json: JsonValue | undefined): readonly Candidate[] {
  return Object.entries(asObject(json)).map(([key, entry]) => {
    const [host = "", clientId] = key.split(":");
    const { oauth_token: value, user, githubAppId } = asObject(entry);
    return {
      host,
      value,
      user: asString(user),
      clientId: asString(githubAppId) ?? asString(clientId),
      name: key,
    };
  });
}

/** Reads a row of the language server's table. The column is called a ciphertext, and mostly holds plain text. */
export function readTokenRow(row: JsonObject): Candidate {
  return { host: asString(row["auth_authority"]) ?? "", value: row["token_ciphertext"] };
}

/** Reads Crush's file. Its refresh token for Copilot is the GitHub token. */
export function readCrushFile(json: JsonValue | undefined): readonly Candidate[] {
  const copilot = asObject(asObject(asObject(json)["providers"])["copilot"]);
  const value = asObject(copilot["oauth"])["refresh_token"];
  return value === undefined ? [] : [{ host: GITHUB, value }];
}

/** Reads opencode's file, whose refresh token is the GitHub token too. An enterprise's entry names its host. */
export function readOpencodeFile(json: JsonValue | undefined): readonly Candidate[] {
  return ["github-copilot", "github-copilot-enterprise"].flatMap((name) => {
    const { refresh: value, enterpriseUrl } = asObject(asObject(json)[name]);
    if (value === undefined) return [];
    const url = asString(enterpriseUrl);
    const host =
      url === undefined ? GITHUB : (URL.parse(/:\/\//.test(url) ? url : `https://${url}`)?.host ?? "");
    return [{ host, value, name }];
  });
}

/**
 * Reads environment variables in the order that the Copilot CLI documents, then those of the language server. No
 * variable names its host: it is `COPILOT_GH_HOST` or `GH_HOST` if one is set, else github.com.
 */
export function readEnvironment(env: Environment): readonly Candidate[] {
  const host = env["COPILOT_GH_HOST"] || env["GH_HOST"] || GITHUB;
  const isServer = host !== GITHUB && !host.endsWith(".ghe.com");
  const names = [
    ...(isServer
      ? ["COPILOT_GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]
      : GITHUB_VARIABLES),
    "GH_COPILOT_TOKEN",
    "GITHUB_COPILOT_TOKEN",
  ];
  return names.flatMap((name) => (env[name] ? [{ host, value: env[name], name }] : []));
}

/**
 * Reads a file that the person named: TokenFlow's cache format, a token alone, or a file of one of the programs above.
 * @throws `Error` if it is none of these
 */
export function readNamedFile(text: string, host: string): readonly Candidate[] {
  const value = text.trim();
  if (/^\S+$/.test(value) && !/^[[{"]/.test(value)) return [{ host, value }];
  const json = parseFile(text);
  const { access_token: token, grant } = json;
  if (token !== undefined || grant !== undefined) return [readCacheFile(json, host)];
  const others = [...readOpencodeFile(json), ...readCrushFile(json)];
  return others.length > 0 ? others : readPluginFile(json).filter((entry) => entry.value !== undefined);
}

/** @throws `Error` if the text is not a JSON object */
export function parseFile(text: string): JsonObject {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error("Not a JSON object");
  return json;
}

/**
 * Reads TokenFlow's cache format, in which a GitHub token is the grant. A whole session of ours has the grant beside
 * the token. A grant with a refresh token is single-use and is not taken.
 */
function readCacheFile(json: JsonObject, host: string): Candidate {
  const { access_token: value, grant } = json;
  const { githubToken, refreshToken, clientId, host: whose } = asObject(grant);
  if (githubToken === undefined || refreshToken !== undefined) return { host, value };
  return { host: asString(whose) ?? host, value: githubToken, clientId: asString(clientId) };
}
