import { TokenFlowError } from "@tokenflow/core";
import { isLoopback, requireSafeUrl, withoutTrailingSlash } from "@tokenflow/core/provider";

export interface CopilotHostOptions {
  /**
   * The host of the person's GitHub account: github.com, GHE.com with data residency, or a GitHub Enterprise Server.
   * @default "github.com"
   * @example "tenant.ghe.com"
   */
  readonly host?: string | undefined;
  /** The address of the sign-in pages, for tests. @default "https://<host>" @example "http://127.0.0.1:8080" */
  readonly githubUrl?: string | undefined;
  /**
   * The address of GitHub's REST API.
   * @default "https://api.<host>", or "https://<host>/api/v3" on a server
   * @example "http://127.0.0.1:8081"
   */
  readonly githubApiUrl?: string | undefined;
  /**
   * The address of the Copilot API, even if a token names another: for a gateway, or a test.
   * @default the address in the token, else that of the host
   * @example "https://gateway.example.org"
   */
  readonly copilotApiUrl?: string | undefined;
}

/** The three services of one deployment, as addresses without a trailing slash. */
export interface CopilotHosts {
  /** Shown to people, and stored in grants, so that a grant goes only to the host that issued it. */
  readonly host: string;
  readonly githubUrl: string;
  readonly githubApiUrl: string;
  readonly copilotApiUrl: string;
  /** `true` for github.com and for a loopback address that stands in for it. */
  readonly isPublic: boolean;
  /**
   * Returns the address for a token that names `api`.
   * @throws `provider.malformed` if `api` is not one of the service's own addresses
   */
  resolveApiUrl(api: string | undefined): string;
}

const GITHUB = "github.com";
const COPILOT_API = "https://api.githubcopilot.com";

/**
 * Resolves the addresses of github.com, GHE.com with data residency, or an Enterprise Server, which uses the Copilot
 * of github.com.
 * @throws `provider.misconfigured` if a host or an address is not a plain one
 */
export function resolveHosts(options: CopilotHostOptions = {}): CopilotHosts {
  const github = parseHost(options.githubUrl ?? options.host ?? GITHUB);
  const { host, hostname, origin } = github;
  const isTenant = hostname.endsWith(".ghe.com");
  const isLocal = isLoopback(hostname);
  const defaultApi = hostname === GITHUB || isTenant ? `https://api.${host}` : `${origin}/api/v3`;
  const defaultCopilot = isTenant ? `https://copilot-api.${host}` : COPILOT_API;
  const copilotApi = requireSafeUrl(options.copilotApiUrl ?? defaultCopilot);

  const isOwn = (api: URL): boolean => {
    if (isLocal || isLoopback(api.hostname)) return isLocal && isLoopback(api.hostname);
    if (api.protocol !== "https:" || api.port !== "") return false;
    return api.hostname.endsWith(".githubcopilot.com") || (isTenant && api.hostname.endsWith(`.${hostname}`));
  };

  return {
    host,
    githubUrl: origin,
    githubApiUrl: addressOf(requireSafeUrl(options.githubApiUrl ?? defaultApi)),
    copilotApiUrl: addressOf(copilotApi),
    isPublic: hostname === GITHUB || isLocal,
    resolveApiUrl: (named) => {
      if (named === undefined || options.copilotApiUrl !== undefined) return addressOf(copilotApi);
      const api = URL.parse(named);
      if (api && isPlain(api) && isOwn(api)) return api.origin;
      throw new TokenFlowError(
        "provider.malformed",
        "The Copilot token names an API address that does not belong to Copilot",
        {
          hint: "The token was not sent. Try again later. If that does not help, sign in again.",
        },
      );
    },
  };
}

/** Parses a bare host, or an address without a path. It decides where a person types a code and where tokens go. */
function parseHost(text: string): URL {
  const url = requireSafeUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  const { hostname } = url;
  const isOddGitHub =
    hostname.endsWith(`.${GITHUB}`) ||
    (/(^|\.)ghe\.com$/.test(hostname) && !/^[a-z0-9-]+\.ghe\.com$/.test(hostname));
  if (!isPlain(url) || isOddGitHub) {
    throw new TokenFlowError("provider.misconfigured", `"${url.host}" is not a GitHub host`, {
      hint: "Use a host such as github.com, tenant.ghe.com or github.example.org, without a path.",
      grantUnused: true,
    });
  }
  return url;
}

function isPlain({ pathname, search, hash, username, password }: URL): boolean {
  return pathname === "/" && !search && !hash && !username && !password;
}

function addressOf({ origin, pathname }: URL): string {
  return withoutTrailingSlash(origin + pathname);
}
