import { homedir } from "node:os";
import { type Config, readConfig } from "@tokenflow/common/config";
import { PROVIDERS } from "@tokenflow/common/providers";
import { readFreshToken } from "@tokenflow/core/store";
import { readSession, sessionFolder } from "@tokenflow/store-file";
import type { Context } from "./cli/command.ts";

/**
 * The token for the plain `tokenflow token <provider>` where a fresh one lies in the file store, found without
 * loading the command. `undefined` in every other case, trouble included: then the command finds out and says.
 * Whatever it imports is inlined into the file that starts, so it takes the one part of `@tokenflow/common` that it needs.
 */
export async function printCachedToken(
  [command, provider, ...more]: readonly string[],
  env: Context["env"],
): Promise<string | undefined> {
  if (command !== "token" || provider === undefined || more.length > 0) return undefined;
  try {
    const folder = sessionFolder({ env, platform: process.platform, home: homedir(), cwd: process.cwd() });
    const config = readConfig(folder);
    if (
      config.warnings.length > 0 ||
      !isKnown(provider, config) ||
      !isPlainFile(config, env) ||
      mayBeGiven(provider, env)
    ) {
      return undefined;
    }
    const session = await readSession(folder, `${provider}/default`);
    return session && readFreshToken(session.stored, session)?.accessToken;
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

/** Whether a variable could take the session's place; the command knows which do. */
function mayBeGiven(provider: string, env: Context["env"]): boolean {
  const name = provider.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
  return Object.keys(env).some(
    (variable) => variable.includes(name) && /(?:TOKEN|GRANT|KEY|DIRECT)$/.test(variable),
  );
}
