import { TokenFlowError } from "@tokenflow/core";
import { isLoopback, requireSafeUrl, withoutTrailingSlash } from "@tokenflow/core/provider";

export interface CopilotHostOptions {
  /** Where the person's GitHub account lives: `github.com`, `tenant.ghe.com`, or a GitHub Enterprise Server host. @default "github.com" */
  readonly host?: string | undefined;
  /** Replaces the address of the sign-in pages, for tests. @default "https://<host>" */
  readonly githubUrl?: string | undefined;
  /** Replaces the address of GitHub's REST API. */
  readonly githubApiUrl?: string | undefined;
  /** Replaces the address of the Copilot API, also where a token names another: a gateway of one's own, or a test. */
  readonly copilotApiUrl?: string | undefined;
}

/** The three services of one deployment, as addresses without a slash at the end. */
export interface CopilotHosts {
  /** Shown to people, and kept in grants, so that a grant goes only where it came from. */
  readonly host: string;
  readonly githubUrl: string;
  readonly githubApiUrl: string;
  readonly copilotApiUrl: string;
  /** Whether GitHub's public service is meant, by its own name or by a loopback stand-in. */
  readonly isPublic: boolean;
  /**
   * Where a token goes that names `api` as its place.
   * @throws `provider.malformed` where that place is none of the service's own
   */
  resolveApiUrl(api: string | undefined): string;
}

const GITHUB = "github.com";
const COPILOT_API = "https://api.githubcopilot.com";

/**
 * Github.com, GHE.com with data residency, or a server of one's own (whose Copilot is that of github.com).
 * @throws `provider.misconfigured` where a host or an override is not plainly an address
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
        "The Copilot token names a place that is not Copilot's",
        {
          hint: "The token was not sent. Try again later; if it stays so, sign in again.",
        },
      );
    },
  };
}

/** A bare host or an address without path: it decides where a person types a code and where their token goes. */
function parseHost(text: string): URL {
  const url = requireSafeUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  const { hostname } = url;
  const isOddGitHub =
    hostname.endsWith(`.${GITHUB}`) ||
    (/(^|\.)ghe\.com$/.test(hostname) && !/^[a-z0-9-]+\.ghe\.com$/.test(hostname));
  if (!isPlain(url) || isOddGitHub) {
    throw new TokenFlowError("provider.misconfigured", `"${url.host}" is not the host of a GitHub`, {
      hint: "Give a host such as github.com, tenant.ghe.com or github.example.org, without a path.",
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
