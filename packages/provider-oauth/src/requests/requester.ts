import { TokenFlowError } from "@tokenflow/core";
import type { Call, HttpAnswer } from "@tokenflow/core/provider";
import {
  authenticated,
  authenticationMethod,
  type Client,
  type ClientAuthentication,
} from "../server/client-authentication.ts";
import type { EndpointCache } from "../server/endpoint-cache.ts";
import { ENDPOINT_NAMES, type OAuthEndpoints } from "../server/endpoints.ts";
import { toStandardError } from "../wire/service-error.ts";
import {
  decodeAnswer,
  encodeForm,
  type Form,
  readFormAnswer,
  statusWord,
  type WireFormat,
} from "../wire/wire-format.ts";

/** One request to an endpoint of the server. */
export interface OAuthRequest {
  readonly endpoint: keyof OAuthEndpoints;
  readonly form: Form;
  readonly client: Client;
  /** The method that was chosen, or that has worked before. */
  readonly authentication: ClientAuthentication | undefined;
  /** Secrets of the form, which no message may show. */
  readonly secrets: readonly (string | undefined)[];
}

/** An answer in the standard's words, and how the client authenticated. */
export interface OAuthAnswer {
  readonly answer: HttpAnswer;
  readonly method: ClientAuthentication;
  /** True if the server can bind tokens to a key of the client (RFC 9449). */
  readonly bindsTokens: boolean;
}

export interface RequesterOptions {
  /** The service's name, for errors. */
  readonly name: string;
  readonly cache: EndpointCache;
  readonly wireFormat: WireFormat;
  readonly words: Form;
}

export type Requester = (request: OAuthRequest, call: Call) => Promise<OAuthAnswer>;

/** Sends requests as the service wants them, and returns its answers as the standard has them. */
export function createRequester({ name, cache, wireFormat, words }: RequesterOptions): Requester {
  return async ({ endpoint, form, client, authentication, secrets }, call) => {
    const server = await cache.server(call, SOUGHT.has(endpoint) ? endpoint : "token");
    const url = endpoint === "poll" ? (server.poll ?? server.token) : server[endpoint];
    if (url === undefined) throw notOffered(name, endpoint);
    const method = authenticationMethod(client, authentication, server.authenticationMethods);
    const { form: full, headers } = authenticated(client, method, form);
    const answer = await cache.watch(
      call.http({
        method: "POST",
        url: endpoint === "deviceAuthorization" ? withQuery(url, full, wireFormat) : url,
        headers,
        ...encodeForm(full, wireFormat),
        signal: call.signal,
      }),
    );
    const decoded = decodeAnswer(readFormAnswer(answer), wireFormat);
    const read = toStandardError(decoded, {
      words,
      secrets: [client.secret, credentialsOf(headers), ...secrets].filter((secret) => secret !== undefined),
      statusWord: endpoint === "poll" ? statusWord(decoded, wireFormat) : undefined,
    });
    return { answer: read, method, bindsTokens: server.bindsTokens === true };
  };
}

/** Returns what `Authorization` says after its scheme. */
function credentialsOf(headers: Readonly<Record<string, string>> = {}): string | undefined {
  return headers["authorization"]?.split(" ")[1];
}

function withQuery(address: string, form: Form, { query = [] }: WireFormat): string {
  const url = new URL(address);
  for (const name of query) url.searchParams.set(name, form[name] ?? "");
  return url.href;
}

/** The endpoints for which every document is read. */
const SOUGHT: ReadonlySet<keyof OAuthEndpoints> = new Set([
  "token",
  "authorization",
  "deviceAuthorization",
  "revocation",
]);

/** The standard's word for a client that asks for a flow which the server does not have. */
const FLOWS: Partial<Record<keyof OAuthEndpoints, string>> = {
  authorization: "unsupported_response_type",
  deviceAuthorization: "unsupported_grant_type",
};

export function notOffered(name: string, endpoint: keyof OAuthEndpoints): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", `${name} has no ${ENDPOINT_NAMES[endpoint]}`, {
    hint: `If the service has one, set \`endpoints.${endpoint}\`.`,
    grantUnused: true,
    reason: FLOWS[endpoint],
  });
}
