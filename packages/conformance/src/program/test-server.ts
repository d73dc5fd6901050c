import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import type { ClientAuthentication, DeviceAnswer, Endpoints } from "../issuer/issuer-client.ts";
import { type CheckResult, runChecks } from "../issuer/run-checks.ts";
import type { Output } from "./test-client.ts";
import { UsageError } from "./usage.ts";

const OPTIONS = {
  issuer: { type: "string" },
  "device-endpoint": { type: "string" },
  "token-endpoint": { type: "string" },
  "revocation-endpoint": { type: "string" },
  "client-id": { type: "string" },
  "client-secret": { type: "string" },
  "client-auth": { type: "string" },
  scope: { type: "string" },
  approve: { type: "string" },
  deny: { type: "string" },
  report: { type: "string" },
} as const;

const SIGNS: Readonly<Record<CheckResult["status"], string>> = {
  passed: "✓",
  failed: "✗",
  "not offered": "–",
};
const TIME_LIMIT = 60_000;

/** Runs `tokenflow-conformance server`, and returns its exit code. */
export async function testServer(args: readonly string[], { out, err }: Output): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false });
  const clientId = values["client-id"];
  if (clientId === undefined)
    throw new UsageError("Give --client-id, a client that may use the device flow.");
  if (values.report !== undefined && values.report !== "json" && values.report !== "text") {
    throw new UsageError(`Unknown report "${values.report}". Use text or json.`);
  }
  const endpoints = readEndpoints(
    values["device-endpoint"],
    values["token-endpoint"],
    values["revocation-endpoint"],
  );
  const issuer = readAddress("--issuer", values.issuer) ?? endpoints?.token;
  if (issuer === undefined) throw new UsageError("Give --issuer, or --device-endpoint and --token-endpoint.");
  const results = await runChecks(
    {
      issuer,
      clientId,
      clientSecret: values["client-secret"],
      clientAuthentication: readAuthentication(values["client-auth"], values["client-secret"]),
      scope: values.scope,
      endpoints,
      approve: decide(values.approve),
      deny: decide(values.deny),
    },
    ({ check, status, note }) =>
      err(`${SIGNS[status]} ${check.id}${note === undefined ? "" : ` · ${note}`}\n`),
  );
  out(values.report === "json" ? `${JSON.stringify(results, undefined, 2)}\n` : textOf(results));
  return results.some(({ status }) => status === "failed") ? 1 : 0;
}

function textOf(results: readonly CheckResult[]): string {
  const failed = results.filter(({ status }) => status === "failed");
  const parts = failed.map(
    ({ check: { id, level, clause, title }, note = "" }) =>
      `✗ ${id} (${level}, ${clause.document} section ${clause.section})\n  The server ${title}.\n  observed: ${note}\n  ${clause.url}\n`,
  );
  const count = (status: CheckResult["status"]): number =>
    results.filter((result) => result.status === status).length;
  return `${parts.join("\n")}${count("passed")} passed, ${failed.length} failed, ${count("not offered")} not offered\n`;
}

function readEndpoints(device?: string, token?: string, revocation?: string): Endpoints | undefined {
  if (device === undefined && token === undefined) return undefined;
  const [deviceUrl, tokenUrl] = [
    readAddress("--device-endpoint", device),
    readAddress("--token-endpoint", token),
  ];
  if (deviceUrl === undefined || tokenUrl === undefined) {
    throw new UsageError("--device-endpoint and --token-endpoint belong together.");
  }
  return { device: deviceUrl, token: tokenUrl, revocation: readAddress("--revocation-endpoint", revocation) };
}

function readAuthentication(
  text: string | undefined,
  secret: string | undefined,
): ClientAuthentication | undefined {
  if (text === undefined) return undefined;
  if (text !== "basic" && text !== "post")
    throw new UsageError(`--client-auth must be basic or post, not "${text}".`);
  if (secret === undefined)
    throw new UsageError("--client-auth says how --client-secret is sent. Give both.");
  return text;
}

function readAddress(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError(`${flag} must be an http or https URL, not ${JSON.stringify(text)}.`);
  }
  return text;
}

/** Returns what runs a command with the code in its environment. */
function decide(command: string | undefined): ((code: DeviceAnswer) => Promise<void>) | undefined {
  if (command === undefined) return undefined;
  return ({ userCode, verificationUri, completeUri }) =>
    new Promise((resolve, reject) => {
      const env = {
        ...process.env,
        USER_CODE: userCode,
        VERIFICATION_URI: verificationUri,
        VERIFICATION_URI_COMPLETE: completeUri ?? "",
      };
      const child = spawn(command, {
        shell: true,
        env,
        stdio: ["ignore", "ignore", "inherit"],
        timeout: TIME_LIMIT,
      });
      child.once("error", reject);
      child.once("close", (exit) => {
        if (exit === 0) resolve();
        else reject(new Error(`the command that decides ended with ${exit ?? "a signal"}: ${command}`));
      });
    });
}
