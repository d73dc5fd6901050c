import { TokenFlowError } from "@tokenflow/core";
import { requireSafeUrl, withoutTrailingSlash } from "@tokenflow/core/provider";
import type { EndpointSource } from "../server/endpoints.ts";
import { CONSUMER_SERVICES } from "./consumer-services.ts";
import { DEVELOPER_SERVICES } from "./developer-services.ts";
import { SELF_HOSTED_SERVERS } from "./self-hosted-servers.ts";
import type { OAuthService } from "./service.ts";

/** The services that are known by name. */
export const oauthServices: Readonly<Record<string, OAuthService>> = {
  ...DEVELOPER_SERVICES,
  ...CONSUMER_SERVICES,
  ...SELF_HOSTED_SERVERS,
};

/** Services without the device flow, and the page that says so. */
export const servicesWithoutDeviceFlow: Readonly<Record<string, string>> = {
  slack: "https://docs.slack.dev/authentication/installing-with-oauth",
  spotify: "https://developer.spotify.com/documentation/web-api/concepts/authorization",
  dropbox: "https://developers.dropbox.com/oauth-guide",
  netflix: "https://help.netflix.com",
  gitea: "https://docs.gitea.com/development/oauth2-provider",
  forgejo: "https://forgejo.org/docs/latest/user/oauth2-provider",
  hanko: "https://docs.hanko.io",
};

/** The options of `createOAuthProvider` that a service determines. */
export type OAuthServiceOptions = EndpointSource &
  Pick<
    OAuthService,
    "name" | "scope" | "audience" | "clientAuthentication" | "wireFormat" | "grantReplay" | "emptyRefusal"
  >;

/**
 * Returns the options of a service that is known by name. Spread them before your own.
 * @param variables the service's own values: the tenant, the realm, the server's address
 * @throws `provider.misconfigured` for an unknown service, one without the device flow, or a missing or wrong value
 * @example
 * const provider = createOAuthProvider({ ...oauthServiceOptions("gitlab"), clientId: "my-app" });
 */
export function oauthServiceOptions(
  service: string,
  variables: Readonly<Record<string, string | undefined>> = {},
): OAuthServiceOptions {
  const row = Object.hasOwn(oauthServices, service) ? oauthServices[service] : undefined;
  if (!row) throw unknown(service);
  const values = valuesOf(row, variables);
  const fill = (text: string): string =>
    text.replaceAll(/\$(\w+)/g, (whole, name: string) => values[name] ?? whole);
  const endpoints = Object.fromEntries(
    Object.entries(row.endpoints ?? {}).map(([name, url]) => [name, url === undefined ? url : fill(url)]),
  );
  const { name, scope, audience, clientAuthentication, wireFormat, grantReplay, emptyRefusal } = row;
  const rest = { name, scope, audience, clientAuthentication, wireFormat, grantReplay, emptyRefusal };
  if (row.issuer !== undefined) return { ...rest, issuer: fill(row.issuer), origins: row.origins, endpoints };
  return { ...rest, endpoints: { ...endpoints, token: endpoints["token"] ?? "" } };
}

function valuesOf(
  { name, variables: wanted = {} }: OAuthService,
  given: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const known = Object.keys(wanted);
  const other = Object.keys(given).find(
    (variable) => given[variable] !== undefined && !known.includes(variable),
  );
  if (other !== undefined) {
    const has = known.length === 0 ? "It has none." : `It has: ${known.join(", ")}.`;
    throw misconfigured(`${name} has no value "${other}"`, has);
  }
  const missing = Object.entries(wanted).filter(([variable, row]) => !given[variable] && !row.default);
  if (missing.length > 0) {
    const names = missing.map(([variable]) => `"${variable}"`).join(" and ");
    const abouts = missing.map(([variable, { about }]) => `${variable}: ${about}.`).join(" ");
    throw misconfigured(`${name} needs ${names}`, abouts);
  }
  const values = Object.entries(wanted).map(([variable, { about, default: preset = "" }]) => {
    const value = given[variable] || preset;
    if (variable === "url") return [variable, addressOf(value)] as const;
    if (/^[\w.-]+$/.test(value)) return [variable, value] as const;
    throw misconfigured(`"${value}" is not a ${variable} of ${name}`, `${about}.`);
  });
  return Object.fromEntries(values);
}

/** Returns an address that paths can be appended to. */
function addressOf(value: string): string {
  const { origin, pathname } = requireSafeUrl(value);
  return withoutTrailingSlash(origin + pathname);
}

function unknown(service: string): TokenFlowError {
  const page = Object.hasOwn(servicesWithoutDeviceFlow, service)
    ? servicesWithoutDeviceFlow[service]
    : undefined;
  return page === undefined
    ? misconfigured(`There is no service "${service}"`, "Give its issuer instead.")
    : misconfigured(`${service} does not offer the device flow`, `See: ${page}`);
}

function misconfigured(message: string, hint: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint, grantUnused: true });
}
