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
  /** `true` if `auto` may send the GitHub token itself: the deployment has a Copilot of its own, and no gateway is set. */
  readonly mayGoDirect: boolean;
  /** `true` for github.com and for a loopback address that stands in for it. */
  readonly isPublic: boolean;
  /**
   * Returns the address for a Copilot token that names `api`.
   * @throws `provider.malformed` if `api` is not one of the service's own addresses
   */
  resolveApiUrl(api: string | undefined): string;
  /**
   * Returns the address for the GitHub token itself, which belongs to fewer hosts: those of its own deployment.
   * @param isChosen the person chose direct mode, so that a `copilotApiUrl` of theirs is good
   * @throws `provider.malformed` as above
   * @throws `provider.misconfigured` if this deployment has no Copilot of its own
   */
  resolveDirectUrl(api: string | undefined, isChosen: boolean): string;
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

  const isOwn = (api: URL, isDirect: boolean): boolean => {
    if (isLocal || isLoopback(api.hostname)) return isLocal && isLoopback(api.hostname);
    if (api.protocol !== "https:" || api.port !== "") return false;
    if (isTenant && api.hostname.endsWith(`.${hostname}`)) return true;
    // Only github.com's own GitHub tokens are known there.
    return api.hostname.endsWith(".githubcopilot.com") && (!isDirect || hostname === GITHUB);
  };

  const gateway = options.copilotApiUrl === undefined ? undefined : requireSafeUrl(options.copilotApiUrl);
  const copilotApiUrl = gateway ? addressOf(gateway) : defaultCopilot;
  // A loopback address that the person set is this machine's own stand-in.
  const isSafeGateway = gateway !== undefined && (isLoopback(gateway.hostname) || isOwn(gateway, true));

  const resolve = (named: string, isDirect: boolean): string => {
    const api = URL.parse(named);
    if (api && isPlain(api) && isOwn(api, isDirect)) return api.origin;
    throw new TokenFlowError(
      "provider.malformed",
      "The Copilot token names an API address that does not belong to Copilot",
      {
        hint: "The token was not sent. Try again later. If that does not help, sign in again.",
      },
    );
  };

  return {
    host,
    githubUrl: origin,
    githubApiUrl:
      options.githubApiUrl === undefined ? defaultApi : addressOf(requireSafeUrl(options.githubApiUrl)),
    copilotApiUrl,
    isPublic: hostname === GITHUB || isLocal,
    mayGoDirect: gateway ? isSafeGateway : isTenant || isLocal || hostname === GITHUB,
    resolveApiUrl: (named) => (named === undefined || gateway ? copilotApiUrl : resolve(named, false)),
    resolveDirectUrl: (named, isChosen) => {
      if (!gateway && named !== undefined) return resolve(named, true);
      const isGood = gateway ? isChosen || isSafeGateway : isOwn(new URL(defaultCopilot), true);
      if (!isGood) throw noDirectMode(host, new URL(copilotApiUrl).host);
      return copilotApiUrl;
    },
  };
}

function noDirectMode(host: string, apiHost: string): TokenFlowError {
  return new TokenFlowError(
    "provider.misconfigured",
    `A GitHub token of ${host} is not sent to ${apiHost}, to which it does not belong`,
    {
      hint: "Use the mode exchange. If that address is your own, choose the mode direct and set copilotApiUrl (TOKENFLOW_COPILOT_API_URL).",
      grantUnused: true,
    },
  );
}

/**
 * Returns the function that resolves the hosts of a session: a grant and its tokens go only to the GitHub that issued
 * them.
 * @throws `provider.misconfigured` as `resolveHosts`; the function, if the options name another GitHub
 */
export function createHostsOf(options: CopilotHostOptions): (host: string | undefined) => CopilotHosts {
  const configured = resolveHosts(options);
  const isFixed = [options.host, options.githubUrl, options.githubApiUrl].some(
    (value) => value !== undefined,
  );
  return (host) => {
    if (host === undefined || host === configured.host) return configured;
    if (!isFixed) return resolveHosts({ host, copilotApiUrl: options.copilotApiUrl });
    throw new TokenFlowError(
      "provider.misconfigured",
      `The session belongs to ${host}, not to ${configured.host}`,
      {
        hint: "Use another account label for each host, or sign in again.",
        grantUnused: true,
      },
    );
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
