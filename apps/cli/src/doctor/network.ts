import { readFileSync } from "node:fs";
import { EXIT, shortenHome } from "@tokenflow/common";
import { type ProxyVariable, proxyVariables, readOutboundProxy } from "@tokenflow/core/environment";
import { readProblem } from "../cli/problem.ts";
import type { Check, DoctorContext, Finding } from "./check.ts";

const EXEMPT = ["NO_PROXY", "no_proxy"];

/** Checks the variables for proxies and certificates. */
export const network: Check<Pick<DoctorContext, "context">> = {
  name: "network",
  async run({ context: { env } }) {
    const proxies = await Promise.all(proxyVariables(env).map(proxyFinding));
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

async function proxyFinding(variable: ProxyVariable): Promise<Finding> {
  try {
    return { level: "green", message: `${variable.variable} is ${readOutboundProxy(variable).url}` };
  } catch (error) {
    const { message, hint, exit } = await readProblem(error);
    return { level: "red", message, fix: hint, exit };
  }
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
