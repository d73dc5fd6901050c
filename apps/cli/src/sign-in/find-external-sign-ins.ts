import { existsSync } from "node:fs";
import { devNull } from "node:os";
import { basename } from "node:path";
import { homeFolder, shortenHome } from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import type { CopilotSignIns, FindSignInsOptions, SignInReader } from "@tokenflow/provider-copilot/import";
import type { Context } from "../cli/command.ts";

export type FoundSignIn = CopilotSignIns["found"][number];

type Where = Pick<FindSignInsOptions, "env" | "host" | "file" | "reader">;

/** The variables that say where other programs store their files. None of them contains a secret. */
const FOLDERS = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "CRUSH_GLOBAL_DATA"];

/** No file is below it. */
const NOWHERE = devNull;

/** Reads what other programs store for Copilot on this machine, secrets included. Call it only after the person agreed. */
export async function findExternalSignIns(where: Where): Promise<CopilotSignIns> {
  const { findCopilotSignIns } = await import("@tokenflow/provider-copilot/import");
  return findCopilotSignIns({ ...where, home: homeFolder() ?? NOWHERE, platform: process.platform });
}

/** Returns the name of a file that could contain another program's sign-in. Checks only that it exists, and reads nothing. */
export async function nameExternalSignIn(env: Context["env"]): Promise<string | undefined> {
  const seen: string[] = [];
  const check = async (path: string): Promise<undefined> => {
    if (existsSync(path)) seen.push(basename(path));
  };
  const reader: SignInReader = { readFile: check, readTokens: check, ghToken: async () => undefined };
  await findExternalSignIns({ env: Object.fromEntries(FOLDERS.map((name) => [name, env[name]])), reader });
  return seen[0];
}

/**
 * Returns the error for a sign-in that was not found at `where`, or that was refused with `error`.
 * @param app the app of the sign-in, if it is known
 */
export function noSignIn(where: string, error?: TokenFlowError, app?: string): TokenFlowError {
  const instead = "Run: tokenflow login copilot";
  if (!error) {
    return new TokenFlowError("session.signed_out", `No sign-in of another program was found for ${where}`, {
      hint: instead,
    });
  }
  const { code, hint, status, reason, retryAfter } = error;
  // The provider does not know that another app issued this token, which is the whole reason here.
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
