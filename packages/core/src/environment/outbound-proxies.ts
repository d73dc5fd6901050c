import { TokenFlowError } from "../base/errors.ts";

/** The outbound proxies that the environment names. A name is empty if there is none. */
export interface OutboundProxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  /** Hosts that are reached without a proxy. This machine is always one of them. */
  readonly noProxy: string;
}

const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. Lower-case names win, and an empty value counts as unset. The
 * proxy for http also serves https if that has none.
 * @returns `undefined` if no proxy is named
 * @throws `provider.misconfigured` if one is not an http or https URL
 */
export function outboundProxies(
  env: Readonly<Record<string, string | undefined>>,
): OutboundProxies | undefined {
  const httpProxy = readProxy(env, "HTTP_PROXY");
  const httpsProxy = readProxy(env, "HTTPS_PROXY") || httpProxy;
  if (!httpsProxy) return undefined;
  const noProxy = [env["no_proxy"] || env["NO_PROXY"], ...LOOPBACK].filter(Boolean).join(",");
  return { httpProxy, httpsProxy, noProxy };
}

function readProxy(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name.toLowerCase()] || env[name] || "";
  const protocol = URL.parse(value)?.protocol;
  if (value === "" || protocol === "http:" || protocol === "https:") return value;
  // The value is not shown, since it may hold a password.
  throw new TokenFlowError("provider.misconfigured", `${name} is not an http or https URL`, {
    hint: "Write it as http://host:port.",
  });
}
