import { TokenFlowError } from "../base/errors.ts";
import { isLoopback } from "../http/safe-url.ts";
import { readNoProxy } from "./no-proxy.ts";

/** A network's proxy. Printing it shows no password. */
export interface OutboundProxy {
  /** The variable that names it. @example "HTTPS_PROXY" */
  readonly variable: string;
  /** Its address without a user and password. @example "http://proxy.example.com:3128" */
  readonly url: string;
  /** As messages name it. @example "proxy.example.com:3128" */
  readonly host: string;
  /** Returns its `Proxy-Authorization`, a secret, if the address has a user. */
  authorization(): string | undefined;
}

/** The proxies that an environment names. */
export interface OutboundProxies {
  /**
   * Returns the proxy on the way to an address, or `undefined` for a direct connection: to this machine, to hosts in
   * `NO_PROXY`, and if no variable names a proxy for this protocol.
   * @throws `provider.misconfigured` if the variable names no proxy that can be used
   * @example proxies.proxyFor("https://api.example.org/v1")?.host
   */
  proxyFor(url: string | URL): OutboundProxy | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables for each protocol. As for curl, its own comes first. The one for http also serves https. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  "https:": ["HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"],
  "http:": ["HTTP_PROXY", "ALL_PROXY"],
};
const DEFAULT_PORTS: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 };

/**
 * Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`. Lower-case names win, and an empty value counts as
 * unset. A variable that cannot be used is an error of the requests that need it.
 * @returns `undefined` if no proxy is named
 */
export function outboundProxies(env: Environment): OutboundProxies | undefined {
  const named = proxyVariables(env);
  if (named.length === 0) return undefined;
  const isExempt = readNoProxy(env["no_proxy"] || env["NO_PROXY"] || "");
  return {
    proxyFor(url) {
      const { protocol, hostname, port } = new URL(url);
      if (isLoopback(hostname)) return undefined;
      if (isExempt(hostname, Number(port) || (DEFAULT_PORTS[protocol] ?? 0))) return undefined;
      const possible = (VARIABLES[protocol] ?? []).flatMap((name) =>
        named.filter(({ variable }) => variable.toUpperCase() === name),
      );
      // One for all protocols gives way if it cannot be used, and another can.
      const chosen = possible.find((one) => !/all_proxy/i.test(one.variable) || isUsable(one)) ?? possible[0];
      return chosen && readOutboundProxy(chosen);
    },
  };
}

/** A variable that names a proxy. The value may hold a password. */
export interface ProxyVariable {
  /** @example "https_proxy" */
  readonly variable: string;
  readonly value: string;
}

/** Returns the variables that name a proxy: for each, the lower-case name if it is set. */
export function proxyVariables(env: Environment): readonly ProxyVariable[] {
  return ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].flatMap((name) => {
    const variable = [name.toLowerCase(), name].find((one) => env[one]);
    return variable === undefined ? [] : [{ variable, value: env[variable] ?? "" }];
  });
}

/**
 * Reads the address of a proxy: a URL, or as for curl `host:port` of an http proxy.
 * @throws `provider.misconfigured`, which shows no part of the value that may be a password
 */
export function readOutboundProxy({ variable, value }: ProxyVariable): OutboundProxy {
  const text = value.trim();
  const [, scheme] = /^([a-z][a-z\d+.-]*):\/\//i.exec(text) ?? [];
  const parsed = URL.parse(scheme === undefined ? `http://${text}` : text);
  const isSocks = scheme !== undefined && /^socks\d?[ah]?$/i.test(scheme);
  const isProxy = parsed && /^https?:$/.test(parsed.protocol);
  // A password with a slash or a question mark makes the user name look like the host.
  if (!isProxy || /@/.test(`${parsed.pathname}${parsed.search}${parsed.hash}`)) {
    const what = isSocks
      ? `names a ${scheme} proxy, which is not supported`
      : "is not the address of a proxy";
    throw new TokenFlowError("provider.misconfigured", `${variable} ${what}`, {
      hint: "Set it to an http or https proxy, as http://host:port, with special characters of a password as %40.",
      grantUnused: true,
    });
  }
  const { protocol, host, username, password } = parsed;
  const credentials =
    username || password ? `${percentDecoded(username)}:${percentDecoded(password)}` : undefined;
  return {
    variable,
    url: `${protocol}//${host}`,
    host,
    authorization: () => credentials && `Basic ${base64(credentials)}`,
  };
}

function isUsable(variable: ProxyVariable): boolean {
  try {
    readOutboundProxy(variable);
    return true;
  } catch {
    return false;
  }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
