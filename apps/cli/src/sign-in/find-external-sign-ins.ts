import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename } from "node:path";
import { shortenHome } from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import type { CopilotSignIns, FindSignInsOptions, SignInReader } from "@tokenflow/provider-copilot/import";
import type { Context } from "../cli/command.ts";

export type FoundSignIn = CopilotSignIns["found"][number];

type Where = Pick<FindSignInsOptions, "env" | "host" | "file" | "reader">;

/** Where other programs' files lie; none of these holds a secret. */
const FOLDERS = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "CRUSH_GLOBAL_DATA"];

/** What other programs keep for Copilot on this machine. Reads secrets: only for who was told yes. */
export async function findExternalSignIns(where: Where): Promise<CopilotSignIns> {
  const { findCopilotSignIns } = await import("@tokenflow/provider-copilot/import");
  return findCopilotSignIns({ ...where, home: homedir(), platform: process.platform });
}

/** The name of a file that could hold another program's sign-in. Nothing is read: only whether it exists. */
export async function nameExternalSignIn(env: Context["env"]): Promise<string | undefined> {
  const seen: string[] = [];
  const look = async (path: string): Promise<undefined> => {
    if (existsSync(path)) seen.push(basename(path));
  };
  const reader: SignInReader = { readFile: look, readTokens: look, ghToken: async () => undefined };
  await findExternalSignIns({ env: Object.fromEntries(FOLDERS.map((name) => [name, env[name]])), reader });
  return seen[0];
}

/**
 * There is none at `where`, or the one there was refused with `error`, whose words are kept.
 * @param app whose sign-in it is, where that is known
 */
export function noSignIn(where: string, error?: TokenFlowError, app?: string): TokenFlowError {
  const instead = "Run: tokenflow login copilot";
  if (!error) {
    return new TokenFlowError("session.signed_out", `No sign-in of another program was found for ${where}`, {
      hint: instead,
    });
  }
  const { code, hint, status, reason, retryAfter } = error;
  // The provider does not know that this token was minted elsewhere; here that is the whole reason.
  const isWrongApp = reason === "wrong_app" && app !== undefined;
  const message = isWrongApp ? `GitHub does not let sign-ins of ${app} use Copilot (404)` : error.message;
  const advice = hint === undefined || isWrongApp ? instead : `${hint} ${instead}`;
  return new TokenFlowError(code, `The sign-in from ${shortenHome(where)} was not imported: ${message}`, {
    hint: advice,
    status,
    reason,
    retryAfter,
  });
}
