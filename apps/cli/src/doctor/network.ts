import { readFileSync } from "node:fs";
import { EXIT, shortenHome } from "@tokenflow/common";
import type { Check, DoctorContext, Finding } from "./check.ts";

const PROXIES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const EXEMPT = ["NO_PROXY", "no_proxy"];

/** Checks the variables for proxies and certificates. */
export const network: Check<Pick<DoctorContext, "context">> = {
  name: "network",
  async run({ context: { env } }) {
    const proxies = PROXIES.flatMap((name) => proxyFinding(name, env[name]));
    const exempt = EXEMPT.flatMap((name): Finding[] =>
      env[name] ? [{ level: "green", message: `${name} is ${env[name]}` }] : [],
    );
    const findings = [
      ...proxies,
      ...exempt,
      ...certificates(env["NODE_EXTRA_CA_CERTS"]),
      ...tlsVerification(env),
    ];
    return findings.length > 0
      ? findings
      : [{ level: "green", message: "no proxy and no extra certificates" }];
  },
};

function proxyFinding(name: string, value: string | undefined): Finding[] {
  if (!value) return [];
  const url = URL.parse(value);
  if (url && /^https?:$/.test(url.protocol)) {
    return [{ level: "green", message: `${name} is ${url.protocol}//${url.host}` }];
  }
  return [
    {
      level: "red",
      // Not shown: any part of it may be a password.
      message: `${name} is not a valid proxy URL`,
      fix: "Set it to a URL such as http://proxy.example.com:3128, or unset it.",
      exit: EXIT.usage,
    },
  ];
}

function certificates(path: string | undefined): Finding[] {
  if (!path) return [];
  const name = `NODE_EXTRA_CA_CERTS is ${shortenHome(path)}`;
  const fix = "Set it to a PEM file, or unset it.";
  try {
    const count = readFileSync(path, "utf8").split("-----BEGIN CERTIFICATE-----").length - 1;
    if (count > 0) {
      return [
        { level: "green", message: `${name}: ${count === 1 ? "one certificate" : `${count} certificates`}` },
      ];
    }
    return [{ level: "red", message: `${name}, which contains no certificate`, fix, exit: EXIT.usage }];
  } catch {
    return [{ level: "red", message: `${name}, which cannot be read`, fix, exit: EXIT.usage }];
  }
}

function tlsVerification(env: Readonly<Record<string, string | undefined>>): Finding[] {
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return [];
  return [
    {
      level: "red",
      message: "NODE_TLS_REJECT_UNAUTHORIZED=0 lets anyone on the network path read your tokens",
      fix: "Unset it. To trust your own certificate, use NODE_EXTRA_CA_CERTS.",
      exit: EXIT.usage,
    },
  ];
}
