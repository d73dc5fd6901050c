import {
  CLIENT_AUTHENTICATIONS,
  type ClientAuthentication,
  ENDPOINT_NAMES,
  type EndpointName,
  type OAuthDeclaration,
  UsageError,
  WORKLOAD_GRANTS,
  type WorkloadGrant,
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
    help: "oauth: an endpoint that the server does not publish: device, token, poll, revocation, introspection or registration",
  },
  origin: { type: "list", value: "url", help: "oauth: another origin that its endpoints may have" },
  "client-id": { type: "string", value: "id", help: "oauth: the id of a client that the server knows" },
  register: {
    type: "boolean",
    help: "oauth: register a client at the server (RFC 7591) once; it is kept by its issuer, and outlives logout",
  },
  grant: {
    type: "string",
    value: "kind",
    help: "oauth: without a person: client_credentials, jwt-bearer or token-exchange",
  },
  assertion: {
    type: "string",
    value: "source",
    help: "oauth: the platform's own token for --grant: actions:<audience>, env:<variable>, file:<path> or command:<command line>",
  },
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
  "client-metadata": {
    type: "string",
    value: "url",
    help: "mcp: the address of a client metadata document that you host, as the client's id",
  },
  "redirect-uri": {
    type: "string",
    value: "url",
    help: "oauth: the address on this machine that the browser returns to, if the server accepts only one",
  },
  upstream: { type: "string", value: "url", help: "oauth: the API of the tokens, for exec, api and proxy" },
} as const;

export type OAuthFlags = {
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
  const { service, issuer, scope, audience, resource, upstream, pkce, register, origin: origins } = flags;
  rejectConflicts(flags);
  return omitUndefined({
    service,
    variables: readVariables(flags),
    issuer,
    endpoints: flags.endpoint && Object.fromEntries(flags.endpoint.map(readEndpoint)),
    origins,
    clientId: flags["client-id"],
    register,
    grant: flags.grant === undefined ? undefined : readGrant(flags.grant),
    assertion: flags.assertion,
    clientAuthentication: flags["client-auth"] === undefined ? undefined : readMethod(flags["client-auth"]),
    pkce,
    scope,
    refreshScope: flags["refresh-scope"],
    audience,
    resource,
    parameters: flags.parameter && readParameters(flags.parameter),
    keepIdToken: flags["id-token"],
    redirectUri: flags["redirect-uri"] === undefined ? undefined : readRedirectUri(flags["redirect-uri"]),
    upstream,
  });
}

/** @throws UsageError for options that exclude each other */
function rejectConflicts(flags: OAuthFlags): void {
  if (flags.tenant !== undefined && flags.variable?.some((text) => text.startsWith("tenant="))) {
    throw new UsageError("--tenant cannot be combined with --variable tenant=…");
  }
  if (!flags.register) return;
  const other = (["client-id", "client-auth", "client-secret-stdin"] as const).find((name) => flags[name]);
  if (other === undefined) return;
  throw new UsageError(
    `--register cannot be combined with --${other}`,
    "The server decides about the client that it registers. Leave out one of the two.",
  );
}

/** The command line is visible to every user of the machine, and config.json holds no secrets. */
const SECRET_PARAMETER = /secret|password|assertion|token$|^(?:code|device_code|code_verifier)$/i;

/** The parameters that TokenFlow sends itself. `response_type` is not among them: some servers want it of a device. */
const OWN_PARAMETER = /^(?:client_id|grant_type|redirect_uri|state|nonce|code_challenge.*)$/;

function readParameters(texts: readonly string[]): Readonly<Record<string, string>> {
  const pairs = texts.map(readParameter);
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new UsageError(`--parameter ${twice} is given twice`, "Leave out one of the two.");
  return Object.fromEntries(pairs);
}

function readParameter(text: string): readonly [name: string, value: string] {
  const [name, value] = readPair("parameter", text);
  if (OWN_PARAMETER.test(name)) {
    throw new UsageError(
      `--parameter ${name} is sent by TokenFlow itself`,
      "Leave it out. For the client's id use --client-id.",
    );
  }
  if (!SECRET_PARAMETER.test(name)) return [name, value];
  throw new UsageError(
    `--parameter ${name} would put a secret on the command line, where other users can read it`,
    "For the client's secret use --client-secret-stdin.",
  );
}

/** @throws UsageError for an address at which no browser could come back to this program (RFC 8252 §7.3) */
function readRedirectUri(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = url?.protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (isHere && url.hash === "" && url.username === "" && url.password === "") return text;
  throw new UsageError(
    `--redirect-uri must be an address on this machine, not "${text}"`,
    "For example http://127.0.0.1:8085/callback, as it is registered for the client.",
  );
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
    "Choose one of: device, token, poll, revocation, introspection, registration",
  );
}

function readGrant(text: string): WorkloadGrant {
  const grant = WORKLOAD_GRANTS.find((one) => one === text);
  if (grant !== undefined) return grant;
  throw new UsageError(`unknown grant "${text}"`, `Choose one of: ${WORKLOAD_GRANTS.join(", ")}`);
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
