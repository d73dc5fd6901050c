import { TokenFlowError } from "../base/errors.ts";

/** The ways out that the environment names; empty where there is none. */
export interface OutboundProxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  /** Hosts that are reached without one, this machine always among them. */
  readonly noProxy: string;
}

const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, where names in small letters win and an empty value counts
 * as unset. The proxy for http serves https too where that has none of its own.
 * @returns `undefined` where no proxy is named
 * @throws `provider.misconfigured` for one that is not an http or https address
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
  // Not shown: it may hold a password.
  throw new TokenFlowError("provider.misconfigured", `${name} does not name a proxy that can be used`, {
    hint: "Write it as http://host:port.",
  });
}
