import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TokenFlowError } from "@tokenflow/core";
import { parseJson, systemCode } from "@tokenflow/core/store";
import * as v from "valibot";
import { type CheckedSettings, checkSettings, jsonObject, settingsObject } from "./check-settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that asks, as `--from-env` does, for a grant from the variables that a service itself documents. */
export const FROM_ENV = "TOKENFLOW_FROM_ENV";

export const ENCRYPTION_KINDS = ["keychain", "env", "passphrase"] as const;

/** The source of the key that encrypts sessions. */
export type EncryptionKind = (typeof ENCRYPTION_KINDS)[number];

export function isEncryptionKind(value: unknown): value is EncryptionKind {
  return ENCRYPTION_KINDS.some((kind) => kind === value);
}

/** The settings that stay from one command to the next. No secrets, except the password in a store's address. */
export interface Config {
  /** As `--store` takes it. */
  readonly store?: string | undefined;
  readonly encryption?: EncryptionKind | undefined;
  /** The OAuth servers that somebody declared or signed in to, by provider id. */
  readonly providers: Readonly<Record<string, OAuthDeclaration>>;
}

/** The settings of an OAuth server. The client's secret is never among them. */
export interface OAuthDeclaration {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope?: string | undefined;
  /** The address of the API that its tokens open. */
  readonly upstream?: string | undefined;
}

const text = v.string("text");

const declaration = settingsObject({
  issuer: text,
  clientId: text,
  scope: v.optional(text),
  upstream: v.optional(text),
});

const providerId = v.pipe(text, v.startsWith("oauth:", "a name such as oauth:<host>"));

const schema = settingsObject({
  store: v.optional(text),
  encryption: v.optional(v.picklist(ENCRYPTION_KINDS, "keychain, env or passphrase")),
  providers: v.optional(
    v.pipe(jsonObject<Readonly<Record<string, unknown>>>(), v.record(providerId, declaration)),
    {},
  ),
});

/** Checks the value of a `config.json`. */
export function checkConfig(value: unknown): CheckedSettings<Config> {
  const { output, ...rest } = checkSettings(schema, value);
  if (!output) return rest;
  const { store, encryption, providers } = output;
  const declarations = Object.entries(providers).map(
    ([id, { issuer, clientId, scope, upstream }]): readonly [string, OAuthDeclaration] => [
      id,
      { issuer, clientId, scope, ...(upstream === undefined ? {} : { upstream }) },
    ],
  );
  return { ...rest, output: { store, encryption, providers: Object.fromEntries(declarations) } };
}

/** Returns the settings if there is nothing to say about the file, so that a program can start without the words. */
export function readFlawlessConfig(folder: string): Config | undefined {
  const { output, unknown } = checkConfig(parseJson(readConfigText(configPath(folder))));
  return unknown.length > 0 ? undefined : output;
}

/**
 * Returns the file's text, or an empty object if there is no file.
 * @throws `store.unavailable` if it cannot be read
 */
export function readConfigText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = systemCode(error) ?? "unknown";
    // The store complains about a folder that is not a folder, in its own words.
    if (code === "ENOENT" || code === "ENOTDIR") return "{}";
    throw new TokenFlowError("store.unavailable", `${path} cannot be read (${code})`, {
      hint: "Check its owner and its mode.",
    });
  }
}

export function configPath(folder: string): string {
  return join(folder, "config.json");
}
