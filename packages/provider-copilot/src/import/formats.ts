import {
  asObject,
  asString,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
} from "@tokenflow/core/provider";

import type { Environment } from "./places.ts";

/** What stands somewhere, before anybody has looked whether it is a token. */
export interface Candidate {
  readonly host: string;
  readonly value: unknown;
  readonly user?: string | undefined;
  readonly clientId?: string | undefined;
  /** Where in the source, when it holds several. */
  readonly name?: string | undefined;
}

const GITHUB = "github.com";

/**
 * `hosts.json` and `apps.json`: a key is a host, which ends at the first colon, then perhaps a client id, then
 * perhaps an editor (`github.com:<client id>:zed`).
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

/** The language server's table; its column is called a ciphertext and mostly is none. */
export function readTokenRow(row: JsonObject): Candidate {
  return { host: asString(row["auth_authority"]) ?? "", value: row["token_ciphertext"] };
}

/** Crush's refresh token for Copilot is the GitHub token. */
export function readCrushFile(json: JsonValue | undefined): readonly Candidate[] {
  const copilot = asObject(asObject(asObject(json)["providers"])["copilot"]);
  const value = asObject(copilot["oauth"])["refresh_token"];
  return value === undefined ? [] : [{ host: GITHUB, value }];
}

/** So is opencode's; an enterprise's entry says whose it is. */
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
 * Environment variables in the order that the Copilot CLI documents, then those of the language server. They are
 * github.com's, or those of `COPILOT_GH_HOST` or `GH_HOST` where one is set: none of them says so itself.
 */
export function readEnvironment(env: Environment): readonly Candidate[] {
  const host = env["COPILOT_GH_HOST"] || env["GH_HOST"] || GITHUB;
  const isServer = host !== GITHUB && !host.endsWith(".ghe.com");
  const names = [
    "COPILOT_GITHUB_TOKEN",
    ...(isServer ? ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"] : ["GH_TOKEN", "GITHUB_TOKEN"]),
    "GH_COPILOT_TOKEN",
    "GITHUB_COPILOT_TOKEN",
  ];
  return names.flatMap((name) => (env[name] ? [{ host, value: env[name], name }] : []));
}

/**
 * A file by its path: TokenFlow's cache format, a token alone, or a file of one of the programs above, wherever it
 * lies now.
 * @throws where it is neither
 */
export function readGivenFile(text: string, host: string): readonly Candidate[] {
  const value = text.trim();
  if (/^\S+$/.test(value) && !/^[[{"]/.test(value)) return [{ host, value }];
  const json = parseFile(text);
  const { access_token: token, grant } = json;
  if (token !== undefined || grant !== undefined) return [readCacheFile(json, host)];
  const others = [...readOpencodeFile(json), ...readCrushFile(json)];
  return others.length > 0 ? others : readPluginFile(json).filter((entry) => entry.value !== undefined);
}

/** @throws where that is no JSON object */
export function parseFile(text: string): JsonObject {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error("That is not a JSON object");
  return json;
}

/**
 * TokenFlow's cache format: a GitHub token in it is the grant. In a whole session of ours the grant stands beside
 * the token; one with a refresh token is single-use and stays where it is.
 */
function readCacheFile(json: JsonObject, host: string): Candidate {
  const { access_token: value, grant } = json;
  const { githubToken, refreshToken, clientId, host: whose } = asObject(grant);
  if (githubToken === undefined || refreshToken !== undefined) return { host, value };
  return { host: asString(whose) ?? host, value: githubToken, clientId: asString(clientId) };
}
