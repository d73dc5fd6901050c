import { homedir } from "node:os";
import { type Config, FROM_ENV, readFlawlessConfig } from "@tokenflow/common/config";
import { PROVIDERS } from "@tokenflow/common/providers";
import { readFreshToken } from "@tokenflow/core/store";
import { readSession, sessionFolder } from "@tokenflow/store-file";
import type { Context } from "./cli/command.ts";

/**
 * Returns the token for a plain `tokenflow token <provider>` if the file store has a fresh one, without loading the
 * command. Returns `undefined` in every other case, errors included: the command then finds the cause and reports it.
 * Everything imported here is inlined into the file that starts, so it imports only one part of `@tokenflow/common`.
 */
export async function printCachedToken(
  [command, provider, ...more]: readonly string[],
  env: Context["env"],
): Promise<string | undefined> {
  if (command !== "token" || provider === undefined || more.length > 0) return undefined;
  try {
    const folder = sessionFolder({ env, platform: process.platform, home: homedir, cwd: process.cwd });
    const config = readFlawlessConfig(folder);
    if (
      !config ||
      !isKnown(provider, config) ||
      !isPlainFile(config, env) ||
      mayHaveEnvCredential(provider, env)
    ) {
      return undefined;
    }
    const session = await readSession(folder, `${provider}/default`);
    const token = session && readFreshToken(session.stored, session);
    // A long-lived token is printed with a warning, and not where another mode was chosen.
    if (!token || token.details?.["mode"] === "direct") return undefined;
    // Any other text could control the terminal; the command escapes it.
    return /^[\x21-\x7e]+$/.test(token.accessToken) ? token.accessToken : undefined;
  } catch {
    return undefined;
  }
}

function isKnown(provider: string, { providers }: Config): boolean {
  return Object.hasOwn(PROVIDERS, provider) || Object.hasOwn(providers, provider);
}

function isPlainFile({ store, encryption }: Config, env: Context["env"]): boolean {
  return (env["TOKENFLOW_STORE"] || (store ?? "file")) === "file" && encryption === undefined;
}

/** Returns true if a variable could replace the session, or choose another token. The command knows which ones do. */
function mayHaveEnvCredential(provider: string, env: Context["env"]): boolean {
  if (env[FROM_ENV]) return true;
  const name = provider.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
  return Object.keys(env).some(
    (variable) => variable.includes(name) && /(?:TOKEN|GRANT|KEY|DIRECT|MODE)$/.test(variable),
  );
}
