import {
  CLIENT_AUTHENTICATIONS,
  type ClientAuthentication,
  ENDPOINT_NAMES,
  type EndpointName,
  type OAuthDeclaration,
  UsageError,
} from "@tokenflow/common";
import { omitUndefined } from "@tokenflow/core/provider";

/** The options of `login` that describe an OAuth server, in the words of `config.json` and of the library. */
export const OAUTH_OPTIONS = {
  service: { type: "string", value: "name", help: "oauth: a service that is known by name, see: providers" },
  tenant: {
    type: "string",
    value: "id",
    help: "oauth: the tenant of the service; as --variable tenant=<id>",
  },
  variable: { type: "list", value: "name=value", help: "oauth: a value that the service needs" },
  issuer: {
    type: "string",
    value: "url",
    help: "oauth: the URL of the server, or of its metadata document",
  },
  endpoint: {
    type: "list",
    value: "name=url",
    help: "oauth: an endpoint that the server does not publish: device, token, poll, revocation or introspection",
  },
  origin: { type: "list", value: "url", help: "oauth: another origin that its endpoints may have" },
  "client-id": { type: "string", value: "id", help: "oauth: the id of a client that the server knows" },
  "client-auth": {
    type: "string",
    value: "method",
    help: "oauth: how the client sends its secret: basic, post or none",
  },
  "client-secret-stdin": {
    type: "boolean",
    help: "oauth: read the client's secret from stdin and keep it with the session",
  },
  pkce: { type: "boolean", help: "oauth: send a PKCE challenge even if the server does not ask for it" },
  scope: { type: "string", value: "words", help: "oauth: the scopes to request" },
  "refresh-scope": { type: "string", value: "words", help: "oauth: the scopes to send with each refresh" },
  audience: { type: "string", value: "url", help: "oauth: the API that tokens are for, as Auth0 calls it" },
  resource: { type: "string", value: "url", help: "oauth: the API that tokens are for (RFC 8707)" },
  parameter: { type: "list", value: "name=value", help: "oauth: one more parameter of every request" },
  "id-token": { type: "boolean", help: "oauth: keep the ID token too; it is never verified" },
  upstream: { type: "string", value: "url", help: "oauth: the API of the tokens, for exec, api and proxy" },
} as const;

type OAuthFlags = {
  readonly [Name in keyof typeof OAUTH_OPTIONS]?:
    | ((typeof OAUTH_OPTIONS)[Name]["type"] extends "boolean"
        ? boolean
        : (typeof OAUTH_OPTIONS)[Name]["type"] extends "list"
          ? readonly string[]
          : string)
    | undefined;
};

const ENDPOINTS: Readonly<Record<string, EndpointName>> = {
  ...Object.fromEntries(ENDPOINT_NAMES.map((name) => [name, name])),
  device: "deviceAuthorization",
};

/** Returns the names of the options that are set. */
export function setOAuthFlags(flags: OAuthFlags): readonly string[] {
  return Object.keys(OAUTH_OPTIONS).filter((name) => Object.hasOwn(flags, name));
}

/**
 * Reads the members of a declaration that the command line sets.
 * @throws UsageError for a value that is not in the expected form
 */
export function readOAuthFlags(flags: OAuthFlags): Partial<OAuthDeclaration> {
  const { service, issuer, scope, audience, resource, upstream, pkce, origin: origins } = flags;
  return omitUndefined({
    service,
    variables: readVariables(flags),
    issuer,
    endpoints: flags.endpoint && Object.fromEntries(flags.endpoint.map(readEndpoint)),
    origins,
    clientId: flags["client-id"],
    clientAuthentication: flags["client-auth"] === undefined ? undefined : readMethod(flags["client-auth"]),
    pkce,
    scope,
    refreshScope: flags["refresh-scope"],
    audience,
    resource,
    parameters:
      flags.parameter && Object.fromEntries(flags.parameter.map((text) => readPair("parameter", text))),
    keepIdToken: flags["id-token"],
    upstream,
  });
}

function readVariables({ tenant, variable = [] }: OAuthFlags): Readonly<Record<string, string>> | undefined {
  if (tenant === undefined && variable.length === 0) return undefined;
  const pairs = variable.map((text) => readPair("variable", text));
  return { ...(tenant === undefined ? {} : { tenant }), ...Object.fromEntries(pairs) };
}

function readEndpoint(text: string): readonly [EndpointName, string] {
  const [name, url] = readPair("endpoint", text);
  const endpoint = Object.hasOwn(ENDPOINTS, name) ? ENDPOINTS[name] : undefined;
  if (endpoint !== undefined) return [endpoint, url];
  throw new UsageError(
    `unknown endpoint "${name}"`,
    "Choose one of: device, token, poll, revocation, introspection",
  );
}

function readMethod(text: string): ClientAuthentication {
  const method = CLIENT_AUTHENTICATIONS.find((one) => one === text || one === `client_secret_${text}`);
  if (method !== undefined) return method;
  throw new UsageError(`unknown client authentication "${text}"`, "Choose one of: basic, post, none");
}

function readPair(option: string, text: string): readonly [name: string, value: string] {
  const [, name = "", value = ""] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name !== "") return [name, value];
  throw new UsageError(`--${option} must be name=value, not "${text}"`);
}
