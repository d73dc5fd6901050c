import { type Grant, isTokenFlowError, TokenFlowError } from "@tokenflow/core";
import type { RedeemCall, Redemption } from "@tokenflow/core/provider";
import { copilotTokenDetails } from "../service/details.ts";
import { type CopilotGrant, formatGrant, isServerToken, requireExchangeable } from "../service/grant.ts";
import type { CopilotHosts } from "../service/hosts.ts";
import type { Identity } from "../service/identity.ts";
import { type CopilotMode, isDirect } from "../service/mode.ts";
import { APP_REFUSALS, type AppRefusal, readApiRefusal } from "./app-refusal.ts";
import { exchange, probe } from "./exchange.ts";
import { otherScheme, wantsOtherScheme } from "./scheme.ts";

export interface RedeemOptions {
  readonly mode: CopilotMode;
  readonly hosts: CopilotHosts;
  readonly identity: Identity;
}

/** How long `auto` remembers that this app or this editor was refused. */
const REMEMBER = 24 * 3_600_000;
/** A memory that ends so soon is over: a token is due a minute before its `dueIn`. */
const MARGIN = 600_000;
/** A refusal this recent belongs to the redemption under way, or to the one before. */
const JUST_NOW = 1_000;
const FORGOTTEN = { directSince: undefined, directReason: undefined };

/**
 * Turns a grant into a token in one request. If `auto` has to change its way after the exchange was asked, the grant
 * with that memory is the result, and core redeems it in a step of its own.
 * @param record the grant as it is stored, which is returned unless something was learned
 */
export async function redeemByMode(
  { grant, record }: { readonly grant: CopilotGrant; readonly record: Grant },
  { mode, hosts, identity }: RedeemOptions,
  call: RedeemCall,
): Promise<Redemption> {
  const now = call.clock.now();
  const learned = learn(grant, { mode, hosts }, call.rejection, now);
  const due = dueIn(learned, now);
  const isAutoDirect = mode === "auto" && hosts.mayGoDirect && due !== undefined;
  const isServer = mode === "auto" && isServerToken(grant.githubToken);
  if (mode === "direct" || isServer || isAutoDirect) {
    const token = await probe(learned, hosts, identity, call, {
      isChosen: mode === "direct",
      dueIn: isAutoDirect ? due : undefined,
      reason: isAutoDirect ? learned.directReason : undefined,
    }).catch((error: unknown) => {
      throw isAutoDirect ? bothRefused(error, learned) : error;
    });
    return learned === grant
      ? { token, grant: record }
      : { token, grant: formatGrant(learned), ...(isNews(grant, learned) ? { isOtherKind: true } : {}) };
  }
  requireExchangeable(grant.githubToken);
  const exchanged = await exchange(grant.githubToken, hosts, identity, call);
  if ("token" in exchanged) {
    if (learned.directSince === undefined) return { token: exchanged.token, grant: record };
    return { token: exchanged.token, grant: formatGrant({ ...learned, ...FORGOTTEN }) };
  }
  const { refusal, error } = exchanged;
  if (mode !== "auto" || !hosts.mayGoDirect || !refusal) throw error;
  return { grant: formatGrant(goDirect(grant, refusal, now)) };
}

/** Returns the grant with what the API's answer to the last token says about it. */
function learn(
  grant: CopilotGrant,
  { mode, hosts }: Omit<RedeemOptions, "identity">,
  rejection: RedeemCall["rejection"],
  now: number,
): CopilotGrant {
  const { token } = rejection ?? {};
  if (!rejection || !token) return grant;
  if (!isDirect(token)) {
    const refusal = mode === "auto" && hosts.mayGoDirect ? readApiRefusal(rejection) : undefined;
    // Each step of a redemption sees the same rejection.
    return refusal && dueIn(grant, now) === undefined ? goDirect(grant, refusal, now) : grant;
  }
  if (wantsOtherScheme(rejection)) {
    const url = hosts.resolveDirectUrl(copilotTokenDetails(token).endpoints?.api, mode === "direct");
    return { ...grant, scheme: otherScheme(token.tokenType), schemeHost: new URL(url).host };
  }
  // Direct mode was remembered and does not work: ask for the exchange again, unless this was just done.
  const { directSince = now } = grant;
  return directSince < token.issuedAt - JUST_NOW ? { ...grant, ...FORGOTTEN } : grant;
}

/** Returns true once for each way and scheme, so that an API that refuses them all meets the brakes. */
function isNews(before: CopilotGrant, { directSince, schemeHost }: CopilotGrant): boolean {
  return before.directSince !== directSince || before.schemeHost !== schemeHost;
}

/** The error of direct mode is in the service's words. The exchange's refusal before it is told as well. */
function bothRefused(error: unknown, { directReason }: CopilotGrant): unknown {
  if (!isTokenFlowError(error) || directReason === undefined) return error;
  const { code, message, hint, ...rest } = error;
  const both = `${hint ?? ""} Direct mode was tried since ${directReason}.`.trimStart();
  return new TokenFlowError(code, message, { ...rest, hint: both });
}

function goDirect(grant: CopilotGrant, refusal: AppRefusal, now: number): CopilotGrant {
  return { ...grant, directSince: now, directReason: APP_REFUSALS[refusal] };
}

/** Returns how long the memory still counts, in milliseconds. One from the future counts for nothing. */
function dueIn({ directSince }: CopilotGrant, now: number): number | undefined {
  if (directSince === undefined || directSince > now) return undefined;
  const left = directSince + REMEMBER - now;
  return left > MARGIN ? left : undefined;
}
