import { TokenFlowError } from "@tokenflow/core";
import { systemCode } from "@tokenflow/core/provider";
import { actionsToken, envToken, type PlatformToken } from "@tokenflow/provider-oauth";
import { UsageError } from "../messages/usage-error.ts";
import type { Environment } from "../settings/config.ts";
import { readRegularFile } from "../settings/read-text-file.ts";

const FORMS = "actions, actions:<audience>, env:<variable>, file:<path> or command:<command line>";

/** No platform's token is longer, and a command that waits for a person is none. */
const MAX_TOKEN = 64 * 1024;
const COMMAND_TIMEOUT = 10_000;

/**
 * Returns the reader of a workload's own token. It is read for each redemption, since platforms replace it.
 * @throws UsageError for a source that is not known
 */
export function readPlatformToken(source: string, env: Environment): PlatformToken {
  const [, kind = "", value = ""] = /^([a-z]+)(?::(.+))?$/s.exec(source) ?? [];
  if (kind === "actions") return actionsToken(env, value || undefined);
  if (kind === "env" && value !== "") return envToken(env, value);
  if (kind === "file" && value !== "") return () => readTokenFile(value);
  if (kind === "command" && value !== "") return ({ signal }) => runTokenCommand(value, env, signal);
  throw new UsageError(`"${source.slice(0, 40)}" is no source of a platform's token`, `Use ${FORMS}.`);
}

async function readTokenFile(path: string): Promise<string> {
  try {
    return readRegularFile(path, MAX_TOKEN).bytes.toString("utf8");
  } catch (error) {
    if (error instanceof UsageError) throw unreadable(error.message);
    throw unreadable(`${path} cannot be read (${systemCode(error) ?? "unknown"})`);
  }
}

async function runTokenCommand(command: string, env: Environment, signal?: AbortSignal): Promise<string> {
  const { exec } = await import("node:child_process");
  return new Promise((resolve, reject) => {
    const limits = { timeout: COMMAND_TIMEOUT, maxBuffer: MAX_TOKEN, windowsHide: true } as const;
    exec(command, { ...limits, env: { ...env }, signal }, (error, stdout) => {
      if (!error) resolve(stdout);
      // Its output may contain a secret.
      else if (error.killed) reject(unreadable("The command for the platform's token did not end in 10 s"));
      else reject(unreadable(`The command for the platform's token failed (${error.code ?? "unknown"})`));
    });
  });
}

function unreadable(message: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, {
    hint: "Check the source of the platform's token.",
    grantUnused: true,
  });
}
