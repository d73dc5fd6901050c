import { readFileSync } from "node:fs";
import { EXIT, shortenHome } from "@tokenflow/common";
import type { Check, DoctorContext, Finding } from "./check.ts";

const PROXIES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const EXEMPT = ["NO_PROXY", "no_proxy"];

/** What the environment says of proxies and certificates. */
export const network: Check<Pick<DoctorContext, "context">> = {
  name: "network",
  async run({ context: { env } }) {
    const proxies = PROXIES.flatMap((name) => proxyFinding(name, env[name]));
    const exempt = EXEMPT.flatMap((name): Finding[] =>
      env[name] ? [{ level: "green", message: `${name} is ${env[name]}` }] : [],
    );
    const findings = [...proxies, ...exempt, ...certificates(env["NODE_EXTRA_CA_CERTS"]), ...unchecked(env)];
    return findings.length > 0
      ? findings
      : [{ level: "green", message: "no proxy, no certificates of your own" }];
  },
};

function proxyFinding(name: string, value: string | undefined): Finding[] {
  if (!value) return [];
  const url = URL.parse(value);
  if (url && /^https?:$/.test(url.protocol)) {
    return [{ level: "green", message: `${name} leads to ${url.protocol}//${url.host}` }];
  }
  return [
    {
      level: "red",
      // Not shown: it may hold a password in a place that nobody can know.
      message: `${name} is no address of a proxy`,
      fix: `Set it to an address such as http://proxy.example.com:3128, or unset it.`,
      exit: EXIT.usage,
    },
  ];
}

function certificates(path: string | undefined): Finding[] {
  if (!path) return [];
  const name = `NODE_EXTRA_CA_CERTS names ${shortenHome(path)}`;
  const fix = "Name a file of certificates in PEM, or unset it.";
  try {
    const count = readFileSync(path, "utf8").split("-----BEGIN CERTIFICATE-----").length - 1;
    if (count > 0) {
      return [
        { level: "green", message: `${name}: ${count === 1 ? "one certificate" : `${count} certificates`}` },
      ];
    }
    return [{ level: "red", message: `${name}, which holds no certificate`, fix, exit: EXIT.usage }];
  } catch {
    return [{ level: "red", message: `${name}, which cannot be read`, fix, exit: EXIT.usage }];
  }
}

function unchecked(env: Readonly<Record<string, string | undefined>>): Finding[] {
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return [];
  return [
    {
      level: "red",
      message: "NODE_TLS_REJECT_UNAUTHORIZED=0 lets anybody on the way read your tokens",
      fix: "Unset it; NODE_EXTRA_CA_CERTS trusts a certificate of your own.",
      exit: EXIT.usage,
    },
  ];
}
