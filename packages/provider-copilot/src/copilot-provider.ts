import {
  type Clock,
  type Grant,
  isTokenFlowError,
  type Provider,
  TokenFlowError,
  type Upstream,
} from "@tokenflow/core";
import { type Call, type Redemption, systemClock } from "@tokenflow/core/provider";
import { type GitHubTokenOwner, getTokenOwner, revoke } from "./api/account.ts";
import { createCopilotUpstream } from "./api/upstream.ts";
import { appName, copilotClientId } from "./service/apps.ts";
import { type CopilotGrant, formatGrant, grantOf, readGrant } from "./service/grant.ts";
import { type CopilotHostOptions, type CopilotHosts, resolveHosts } from "./service/hosts.ts";
import { type CopilotIdentityOptions, createIdentity } from "./service/identity.ts";
import { acceptsCopilotToken, copilotSecretPatterns } from "./service/secrets.ts";
import { pollDeviceCode, renewGitHubToken, requestDeviceCode } from "./sign-in/device-flow.ts";
import { exchange, probe } from "./sign-in/exchange.ts";

export interface CopilotProviderOptions extends CopilotHostOptions, CopilotIdentityOptions {
  /** The app that GitHub names on its consent page, and that tokens belong to. @default `copilotClientId`, "GitHub Copilot Plugin" */
  readonly clientId?: string | undefined;
  /** Space-separated; without effect where the app is a GitHub App, as the default is. @default "read:user" */
  readonly scope?: string | undefined;
  /** Use the GitHub token itself at the Copilot API, without an exchange. @default false */
  readonly direct?: boolean | undefined;
  /** By which `grantReplay` tells whether a GitHub token has run out. @default this machine's */
  readonly clock?: Clock | undefined;
}

export interface CopilotProvider extends Provider {
  /** To be shown before a sign-in. */
  readonly host: string;
  readonly clientId: string;
  readonly scope: string;
  /** What GitHub will call the app, where it is known. */
  readonly appName?: string | undefined;
  /**
   * Asks GitHub whose a grant is and which app asked for it. Some apps' tokens cannot be exchanged, and a token that
   * was made elsewhere does not say whose it is.
   */
  getTokenOwner(grant: Grant, call: Call): Promise<GitHubTokenOwner>;
  readonly upstream: Upstream;
}

/** An expiring GitHub token is renewed when it has less than this left, or less than a tenth of its life. */
const RENEW_BEFORE = 300_000;
/** What may pass between the question about a replay and the request. */
const HESITATION = 60_000;
/** A GitHub token that is refused this soon after it was minted is not saved by another one. */
const FRESH = 60_000;

/**
 * GitHub Copilot. The grant is GitHub's OAuth token; redeeming exchanges it for a Copilot token of half an
 * hour. Where the GitHub token itself expires, it is renewed in a step of its own before that.
 * @throws `provider.misconfigured` where a host or an address is not one that credentials may be sent to
 */
export function createCopilotProvider(options: CopilotProviderOptions = {}): CopilotProvider {
  const { clientId = copilotClientId, scope = "read:user", direct = false, clock = systemClock } = options;
  const identity = createIdentity(options);
  const configured = resolveHosts(options);
  const isFixed = [options.host, options.githubUrl, options.githubApiUrl].some(
    (value) => value !== undefined,
  );

  /** A session's own hosts: it is never sent to another GitHub than the one that it came from. */
  const hostsOf = (host: string | undefined): CopilotHosts => {
    if (host === undefined || host === configured.host) return configured;
    if (!isFixed) return resolveHosts({ host, copilotApiUrl: options.copilotApiUrl });
    throw new TokenFlowError(
      "provider.misconfigured",
      `The session is one of ${host}, not of ${configured.host}`,
      {
        hint: "Use another account label for each host, or sign in again.",
        grantUnused: true,
      },
    );
  };

  const redeem = async (record: Grant, call: Call): Promise<Redemption> => {
    const grant = readGrant(record);
    const hosts = hostsOf(grant.host);
    const now = call.clock.now();
    if (isRenewable(grant) && isNearlyOver(grant, now)) {
      const renewed = await renewGitHubToken(grant, grant.clientId ?? clientId, hosts, identity, call);
      return { grant: formatGrant(renewed) };
    }
    try {
      const token = direct
        ? await probe(grant, hosts, identity, call)
        : await exchange(grant.githubToken, hosts, identity, call);
      // Said again, so that nobody takes it for a grant that outlives every step: its next one may be single-use.
      return isRenewable(grant) ? { token, grant: record } : { token };
    } catch (error) {
      const isFresh = grant.issuedAt !== undefined && Math.abs(now - grant.issuedAt) < FRESH;
      if (!isTokenFlowError(error, "session.revoked") || !isRenewable(grant) || isFresh) throw error;
      // The token ended before its time; the refresh token may still be good, and the next step tries it.
      return { grant: formatGrant({ ...grant, expiresAt: 0 }) };
    }
  };

  return {
    id: "copilot",
    name: "GitHub Copilot",
    secretPatterns: copilotSecretPatterns,
    acceptsToken: acceptsCopilotToken,
    host: configured.host,
    clientId,
    scope,
    appName: appName(clientId),
    requestDeviceCode: (call) => requestDeviceCode({ clientId, scope }, configured, identity, call),
    pollDeviceCode: ({ deviceCode }, call) =>
      pollDeviceCode(deviceCode, clientId, configured, identity, call),
    redeem,
    grantReplay: (record) => {
      const grant = readGrant(record);
      return isRenewable(grant) && isNearlyOver(grant, clock.now() + HESITATION) ? "never" : "always";
    },
    getTokenOwner: async (record, call) => {
      const grant = readGrant(record);
      return getTokenOwner(grant, hostsOf(grant.host), identity, call);
    },
    identify: async (session, call) => {
      const grant = grantOf(session);
      const { login } = await getTokenOwner(grant, hostsOf(grant.host), identity, call);
      return { login };
    },
    revoke: async (session, call) => {
      const grant = grantOf(session);
      return revoke({ clientId, ...grant }, hostsOf(grant.host), identity, call);
    },
    upstream: createCopilotUpstream({ baseUrl: configured.copilotApiUrl, hostsOf, identity }),
  };
}

function isRenewable(grant: CopilotGrant): grant is CopilotGrant & { readonly refreshToken: string } {
  return grant.refreshToken !== undefined;
}

function isNearlyOver({ issuedAt = 0, expiresAt }: CopilotGrant, moment: number): boolean {
  if (expiresAt === undefined) return false;
  return moment >= expiresAt - Math.max(Math.min(RENEW_BEFORE, (expiresAt - issuedAt) / 10), 0);
}
