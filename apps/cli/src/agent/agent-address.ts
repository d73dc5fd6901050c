import { UsageError } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";

const PREFIX = "unix:";

/** @throws UsageError for an address that is no socket */
export function readSocket(text: string, option: string): string {
  if (text.startsWith(`${PREFIX}/`)) return text.slice(PREFIX.length);
  throw new UsageError(`${option} takes unix:/path`, "The folder must be yours alone.");
}

/** Returns the file with the key of an agent's socket for tokens. */
export function keyFileOf(socket: string): string {
  return `${socket}.key`;
}

/** Returns the path of the socket that `TOKENFLOW_AGENT` names. */
export function agentSocket(env: Context["env"]): string | undefined {
  const address = env["TOKENFLOW_AGENT"];
  return address ? readSocket(address, "TOKENFLOW_AGENT") : undefined;
}
