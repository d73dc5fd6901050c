import { type Clock, type Grant, isTokenFlowError, type Provider, type Upstream } from "@tokenflow/core";
import { type Call, type RedeemCall, type Redemption, systemClock } from "@tokenflow/core/provider";
import { type GitHubTokenOwner, getTokenOwner, revoke } from "./api/account.ts";
import { type CopilotApiOptions, createCopilotApi } from "./api/address.ts";
import { createCopilotUpstream } from "./api/upstream.ts";
import { appName, consentNotice, copilotClientId } from "./service/apps.ts";
import { type CopilotGrant, formatGrant, grantOf, readGrant } from "./service/grant.ts";
import { createHostsOf } from "./service/hosts.ts";
import { createIdentity } from "./service/identity.ts";
import { type CopilotMode, isDirect, resolveMode } from "./service/mode.ts";
import { acceptsCopilotToken, copilotSecretPatterns } from "./service/secrets.ts";
import { pollDeviceCode, renewGitHubToken, requestDeviceCode } from "./sign-in/device-flow.ts";
import { redeemByMode } from "./sign-in/redeem-by-mode.ts";

export interface CopilotProviderOptions extends CopilotApiOptions {
  /**
   * The client id of the app that GitHub names on its consent page.
   * @default `copilotClientId`, "GitHub Copilot Plugin"
   * @example "Iv1.0123456789abcdef"
   */
  readonly clientId?: string | undefined;
  /**
   * Scopes, separated by spaces. A GitHub App, as the default is, ignores them.
   * @default "read:user"
   * @example "read:user read:org"
   */
  readonly scope?: string | undefined;
  /**
   * The clock by which `grantReplay` decides if a GitHub token has expired.
   * @default systemClock
   * @example createFakeClock()
   */
  readonly clock?: Clock | undefined;
}

export interface CopilotProvider extends Provider {
  /** The way to the Copilot API. */
  readonly mode: CopilotMode;
  /** For a notice before a sign-in, as are the next three. */
  readonly host: string;
  readonly clientId: string;
  readonly scope: string;
  /** The name that GitHub shows for the app, if it is known. */
  readonly appName?: string | undefined;
  /**
   * Asks GitHub whose a grant is and which app asked for it. The tokens of some apps cannot be exchanged, and a token
   * that was made elsewhere does not name its owner.
   */
  getTokenOwner(grant: Grant, call: Call): Promise<GitHubTokenOwner>;
  readonly upstream: Upstream;
}

/** An expiring GitHub token is renewed when it has less than this left, or less than a tenth of its life. */
const RENEW_BEFORE = 300_000;
/** The time that may pass between a call of `grantReplay` and the request. */
const REPLAY_MARGIN = 60_000;
/** If GitHub refuses a token this soon after it was issued, another one will not help. */
const FRESH = 60_000;

/**
 * Creates the provider of GitHub Copilot. The grant is GitHub's OAuth token; redeeming exchanges it for a Copilot
 * token of half an hour. If the GitHub token itself expires, it is renewed first, in a step of its own.
 * @throws `provider.misconfigured` if credentials may not be sent to a host or an address
 * @example
 * const manager = createTokenManager({ provider: createCopilotProvider() });
 */
export function createCopilotProvider(options: CopilotProviderOptions = {}): CopilotProvider {
  const { clientId = copilotClientId, scope = "read:user", clock = systemClock } = options;
  const mode = resolveMode(options);
  const identity = createIdentity(options);
  const hostsOf = createHostsOf(options);
  const configured = hostsOf(undefined);

  const redeem = async (record: Grant, call: RedeemCall): Promise<Redemption> => {
    const grant = readGrant(record);
    const hosts = hostsOf(grant.host);
    const now = call.clock.now();
    if (isRenewable(grant) && expiresSoon(grant, now)) {
      const renewed = await renewGitHubToken(grant, grant.clientId ?? clientId, hosts, identity, call);
      return { grant: formatGrant(renewed) };
    }
    try {
      const redemption = await redeemByMode({ grant, record }, { mode, hosts, identity }, call);
      // An unchanged grant is returned only if core must not count it as reusable: its next step may be single-use.
      if (redemption.grant !== record || isRenewable(grant)) return redemption;
      return { token: redemption.token };
    } catch (error) {
      const isFresh = grant.issuedAt !== undefined && Math.abs(now - grant.issuedAt) < FRESH;
      if (!isTokenFlowError(error, "session.revoked") || !isRenewable(grant) || isFresh) throw error;
      // The token ended early. The refresh token may still be good: the next step tries it.
      return { grant: formatGrant({ ...grant, expiresAt: 0 }) };
    }
  };

  return {
    id: "copilot",
    name: "GitHub Copilot",
    secretPatterns: copilotSecretPatterns,
    acceptsToken: acceptsCopilotToken,
    // A stored token of the other kind is replaced at once, unless both kinds are good.
    isTokenUsable: (token) => mode === "auto" || isDirect(token) === (mode === "direct"),
    mode,
    host: configured.host,
    clientId,
    scope,
    appName: appName(clientId),
    consentNotice: consentNotice(clientId, scope),
    requestDeviceCode: (call) => requestDeviceCode({ clientId, scope }, configured, identity, call),
    pollDeviceCode: ({ deviceCode }, call) =>
      pollDeviceCode(deviceCode, clientId, configured, identity, call),
    redeem,
    grantReplay: (record) => {
      const grant = readGrant(record);
      return isRenewable(grant) && expiresSoon(grant, clock.now() + REPLAY_MARGIN) ? "never" : "always";
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
    upstream: createCopilotUpstream({
      api: createCopilotApi({ mode, hostsOf, identity }),
      mode,
      hostsOf,
      identity,
      clock,
    }),
  };
}

function isRenewable(grant: CopilotGrant): grant is CopilotGrant & { readonly refreshToken: string } {
  return grant.refreshToken !== undefined;
}

function expiresSoon({ issuedAt = 0, expiresAt }: CopilotGrant, moment: number): boolean {
  if (expiresAt === undefined) return false;
  return moment >= expiresAt - Math.max(Math.min(RENEW_BEFORE, (expiresAt - issuedAt) / 10), 0);
}
