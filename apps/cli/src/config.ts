import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, parseJson, TokenFlowError } from "@tokenflow/core";
import { type EncryptionKind, isEncryptionKind } from "./encryption.ts";
import { jsonErrorPlace } from "./json-place.ts";
import { tilde } from "./tilde.ts";
import { UsageError } from "./usage-error.ts";

/** What stays true from one command to the next. No secrets but what a store's address holds. */
export interface Config {
  /** As `--store` takes it. */
  readonly store?: string | undefined;
  readonly encryption?: EncryptionKind | undefined;
  /** OAuth servers that somebody signed in to, by provider id. */
  readonly providers: Readonly<Record<string, OAuthDeclaration>>;
}

/** What it takes to speak to an OAuth server again. The client's secret is never among it. */
export interface OAuthDeclaration {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope?: string | undefined;
}

/**
 * Reads `config.json` in the sessions' folder.
 * @throws UsageError where it is broken, with the place; `store.unavailable` where it cannot be read
 */
export async function readConfig(folder: string): Promise<Config> {
  const path = configPath(folder);
  const text = await readText(path);
  const value = parseJson(text);
  if (value === undefined) throw broken(path, `is not JSON (${jsonErrorPlace(text)})`);
  if (!isJsonObject(value)) throw broken(path, "is not a JSON object");
  const { store, encryption, providers = {} } = value;
  if (store !== undefined && typeof store !== "string") throw broken(path, 'wants text as "store"');
  if (encryption !== undefined && !isEncryptionKind(encryption)) {
    throw broken(path, 'wants keychain, env or passphrase as "encryption"');
  }
  if (!isJsonObject(providers)) throw broken(path, 'wants an object as "providers"');
  return {
    store,
    encryption,
    providers: Object.fromEntries(
      Object.entries(providers).map(([id, declaration]) => {
        if (isJsonObject(declaration)) {
          const { issuer, clientId, scope } = declaration;
          const known = typeof issuer === "string" && typeof clientId === "string";
          if (known && (scope === undefined || typeof scope === "string")) {
            return [id, { issuer, clientId, scope }];
          }
        }
        throw broken(path, `wants text as issuer, clientId and scope of "${id}"`);
      }),
    ),
  };
}

/**
 * Changes `config.json`, all of it or nothing. What else stands in it stays.
 * @throws what {@link readConfig} throws; `store.unavailable`, `store.locked`, `store.insecure`
 */
export async function changeConfig(folder: string, change: (config: Config) => Config): Promise<Config> {
  const { createFileStore } = await import("@tokenflow/store-file");
  const path = configPath(folder);
  // Two sign-ins at once must not undo each other's choice. The lock also makes a folder that only the user can enter.
  await using _alone = await createFileStore({ folder }).lock("config");
  const next = change(await readConfig(folder));
  const rest = parseJson(await readText(path));
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(
        `${JSON.stringify({ ...(isJsonObject(rest) ? rest : {}), ...next }, undefined, 2)}\n`,
      );
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    throw new TokenFlowError("store.unavailable", `${path} cannot be written (${codeOf(error)})`, {
      hint: "Check who owns its folder, and whether the disk is full.",
    });
  }
  return next;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = codeOf(error);
    // A folder that is none is for the store to complain about, in its own words.
    if (code === "ENOENT" || code === "ENOTDIR") return "{}";
    throw new TokenFlowError("store.unavailable", `${path} cannot be read (${code})`, {
      hint: "Check who owns it and what its mode is.",
    });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}

function configPath(folder: string): string {
  return join(folder, "config.json");
}

function broken(path: string, what: string): UsageError {
  return new UsageError(`${tilde(path)} ${what}`, "Mend it, or remove it to begin anew.");
}
