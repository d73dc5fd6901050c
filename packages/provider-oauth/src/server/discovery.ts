import { isTokenFlowError, TokenFlowError } from "@tokenflow/core";
import {
  asLabel,
  type Call,
  type HttpAnswer,
  isTransientStatus,
  omitUndefined,
  readDocument,
  startStopwatch,
} from "@tokenflow/core/provider";
import { type Metadata, readMetadata } from "../wire/metadata.ts";
import { ENDPOINT_NAMES, type OAuthEndpoints } from "./endpoints.ts";
import {
  browserPage,
  type Issuer,
  isIssuerOf,
  metadataAddresses,
  misconfigured,
  requireOwnEndpoint,
} from "./issuer.ts";

/** The endpoints of a server, as far as its documents or the caller name them. */
export interface Server extends Partial<OAuthEndpoints> {
  /** `token_endpoint_auth_methods_supported`, if the server lists them. */
  readonly authenticationMethods?: readonly string[] | undefined;
  /** True if the server can bind tokens to a key of the client (RFC 9449). */
  readonly bindsTokens?: boolean | undefined;
  /** The issuer as its document states it. */
  readonly statedIssuer?: string | undefined;
  /** True if every authorization response names the issuer (RFC 9207). */
  readonly namesIssuer?: boolean | undefined;
}

export interface Discovered {
  readonly server: Server;
  /** True if every address was asked, so that a missing endpoint is not in any document. */
  readonly isComplete: boolean;
}

export interface DiscoveryOptions extends Issuer {
  /** Endpoints of the caller's. They win over those of a document. */
  readonly endpoints: Partial<OAuthEndpoints>;
  /** The endpoint to find: the next document is read, too, if the first one lacks it. */
  readonly needs: keyof OAuthEndpoints;
}

/** An address that answers nothing delays the next one. After so many milliseconds no further one is asked. */
const PATIENCE = 10_000;

/**
 * Asks an issuer for its endpoints, at one address after the other until a document has what is needed. A document
 * that is of no use, such as the page of a catch-all route, does not end the search. Sends nothing secret.
 * @throws the worst that was found, if no document is of use: `provider.unavailable` before `provider.misconfigured`
 * before `provider.malformed`; each has `grantUnused`
 */
export async function discover(options: DiscoveryOptions, call: Call): Promise<Discovered> {
  const { issuer, endpoints, needs } = options;
  const { elapsed } = startStopwatch(call.clock);
  const faults: TokenFlowError[] = [];
  let found: Server | undefined;
  for (const url of metadataAddresses(issuer)) {
    if (elapsed() > PATIENCE) break;
    const server = await read(url, options, call).catch((error: unknown) => {
      if (!isTokenFlowError(error)) throw error;
      faults.push(error);
      return undefined;
    });
    if (server) found = Object.assign(server, found, endpoints);
    if (found?.[needs] !== undefined) return { server: found, isComplete: false };
    // The host cannot be reached at all, so that its other addresses cannot either.
    if (faults.at(-1)?.grantUnused && faults.at(-1)?.code === "provider.unavailable") break;
  }
  const isTransient = faults.some(({ code }) => code === "provider.unavailable");
  if (found) return { server: found, isComplete: !isTransient };
  throw unused(worst(faults), new URL(issuer).host);
}

/** Reads one document. */
async function read(url: string, options: DiscoveryOptions, call: Call): Promise<Server> {
  const answer = await readDocument(url, call);
  const metadata = readMetadata(answer);
  if (!metadata) throw notFound(answer, new URL(url).host);
  return check(metadata, options);
}

function check(metadata: Metadata, options: DiscoveryOptions): Server {
  const { issuer, endpoints, needs } = options;
  const { host } = new URL(issuer);
  if (!isIssuerOf(metadata.issuer, issuer)) {
    throw misconfigured(
      `The metadata at ${host} belongs to another issuer`,
      "Set `issuer` exactly as in the metadata, or to the address of the metadata itself.",
    );
  }
  if (metadata.token === undefined && endpoints.token === undefined) {
    throw misconfigured(`${host} names no token endpoint`, "Set `endpoints.token`.");
  }
  const given = (name: keyof OAuthEndpoints): string | undefined => {
    const url = name === "poll" ? undefined : metadata[name];
    if (url === undefined || endpoints[name] !== undefined) return undefined;
    if (name === "authorization") return browserPage(url, issuer);
    if (URL.canParse(url)) return requireOwnEndpoint(url, options);
    throw misconfigured(
      `The metadata at ${host} names no whole address for its ${ENDPOINT_NAMES[name]}: "${asLabel(url) ?? ""}"`,
      `Set \`endpoints.${name}\`.`,
    );
  };
  const checked = (name: keyof OAuthEndpoints): string | undefined => {
    if (name === needs || name === "token") return given(name);
    try {
      return given(name);
    } catch {
      // An endpoint that nobody asked for keeps nobody from using the others.
      return undefined;
    }
  };
  return omitUndefined({
    token: checked("token"),
    authorization: checked("authorization"),
    deviceAuthorization: checked("deviceAuthorization"),
    revocation: checked("revocation"),
    introspection: checked("introspection"),
    registration: checked("registration"),
    authenticationMethods: metadata.authenticationMethods,
    bindsTokens: metadata.bindsTokens,
    statedIssuer: metadata.issuer,
    namesIssuer: metadata.namesIssuer,
  });
}

const RANKS: readonly TokenFlowError["code"][] = ["provider.unavailable", "provider.misconfigured"];

/** Returns the fault to tell: one that passes by itself before one that a person can correct. */
function worst(faults: readonly TokenFlowError[]): TokenFlowError | undefined {
  return RANKS.map((rank) => faults.find(({ code }) => code === rank)).find(Boolean) ?? faults.at(-1);
}

/** No grant is sent with these requests, so none was used, whatever failed. */
function unused(error: TokenFlowError | undefined, host: string): TokenFlowError {
  const { code = "provider.malformed", message = `${host} has no OAuth metadata` } = error ?? {};
  const { hint, status, retryAfter } = error ?? {};
  return new TokenFlowError(code, message, { hint, status, retryAfter, grantUnused: true });
}

function notFound({ status, retryAfter }: HttpAnswer, host: string): TokenFlowError {
  const isTemporary = isTransientStatus(status);
  return new TokenFlowError(
    isTemporary ? "provider.unavailable" : "provider.malformed",
    `${host} answered ${status} to the request for its OAuth metadata`,
    {
      status,
      retryAfter,
      hint: isTemporary
        ? "Try again later."
        : "Check `issuer`, or set `endpoints.token` and `endpoints.deviceAuthorization`.",
    },
  );
}
