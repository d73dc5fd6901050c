import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TokenFlowError } from "@tokenflow/core";
import { shortenHome } from "../messages/shorten-home.ts";
import { UsageError } from "../messages/usage-error.ts";
import type { EncryptionKind } from "./encryption-kind.ts";
import { ConfigError, parseConfig } from "./parse-config.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What stays true from one command to the next. No secrets but what a store's address holds. */
export interface Config {
  /** As `--store` takes it. */
  readonly store?: string | undefined;
  readonly encryption?: EncryptionKind | undefined;
  /** OAuth servers that somebody declared or signed in to, by provider id. */
  readonly providers: Readonly<Record<string, OAuthDeclaration>>;
  /** What stands there and means nothing, as predicates of the file. */
  readonly warnings: readonly string[];
}

/** What it takes to speak to an OAuth server again. The client's secret is never among it. */
export interface OAuthDeclaration {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope?: string | undefined;
  /** The address of the API that its tokens open. */
  readonly upstream?: string | undefined;
}

/**
 * Reads `config.json` in the sessions' folder.
 * @throws UsageError where it is broken, with the place; `store.unavailable` where it cannot be read
 */
export function readConfig(folder: string): Config {
  const path = configPath(folder);
  try {
    return parseConfig(readConfigText(path));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(`${shortenHome(path)} ${error.message}`, "Mend it, or remove it to begin anew.");
  }
}

/**
 * The file's text; an empty object where there is none.
 * @throws `store.unavailable` where it cannot be read
 */
export function readConfigText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    // A folder that is none is for the store to complain about, in its own words.
    if (code === "ENOENT" || code === "ENOTDIR") return "{}";
    throw new TokenFlowError("store.unavailable", `${path} cannot be read (${code})`, {
      hint: "Check who owns it and what its mode is.",
    });
  }
}

export function configPath(folder: string): string {
  return join(folder, "config.json");
}
