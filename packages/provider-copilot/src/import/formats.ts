import { isJsonObject, type JsonObject, type JsonValue } from "@tokenflow/core";
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
 * perhaps an editor (`github.com:Iv1.b507a08c87ecfe98:zed`).
 */
export function readPluginFile(json: JsonValue | undefined): readonly Candidate[] {
  return Object.entries(objectOf(json)).map(([key, entry]) => {
    const [host = "", clientId] = key.split(":");
    const { oauth_token: value, user, githubAppId } = objectOf(entry);
    return { host, value, user: textOf(user), clientId: textOf(githubAppId) ?? textOf(clientId), name: key };
  });
}

/** The language server's table; its column is called a ciphertext and mostly is none. */
export function readTokenRow(row: JsonObject): Candidate {
  return { host: textOf(row["auth_authority"]) ?? "", value: row["token_ciphertext"] };
}

/** Crush's refresh token for Copilot is the GitHub token. */
export function readCrushFile(json: JsonValue | undefined): readonly Candidate[] {
  const copilot = objectOf(objectOf(objectOf(json)["providers"])["copilot"]);
  const value = objectOf(copilot["oauth"])["refresh_token"];
  return value === undefined ? [] : [{ host: GITHUB, value }];
}

/** So is opencode's; an enterprise's entry says whose it is. */
export function readOpencodeFile(json: JsonValue | undefined): readonly Candidate[] {
  return ["github-copilot", "github-copilot-enterprise"].flatMap((name) => {
    const { refresh: value, enterpriseUrl } = objectOf(objectOf(json)[name]);
    if (value === undefined) return [];
    const url = textOf(enterpriseUrl);
    const host =
      url === undefined ? GITHUB : (URL.parse(/:\/\//.test(url) ? url : `https://${url}`)?.host ?? "");
    return [{ host, value, name }];
  });
}

/**
 * Environment variables in the order that the Copilot CLI documents, then those of the language server. They are
 * github.com's, or `GH_HOST`'s where that is set: none of them says so itself.
 */
export function readEnvironment(env: Environment): readonly Candidate[] {
  const host = env["GH_HOST"] || GITHUB;
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
 * TokenFlow's cache format: a GitHub token in it is the grant. In a whole session of ours the grant stands beside
 * the token; one with a refresh token is single-use and stays where it is.
 */
export function readCacheFile(json: JsonValue | undefined, host: string): Candidate {
  const { access_token: value, grant } = objectOf(json);
  const { githubToken, refreshToken, clientId, host: whose } = objectOf(grant);
  if (githubToken === undefined || refreshToken !== undefined) return { host, value };
  return { host: textOf(whose) ?? host, value: githubToken, clientId: textOf(clientId) };
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
