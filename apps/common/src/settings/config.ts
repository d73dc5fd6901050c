import { join } from "node:path";
import { TokenFlowError } from "@tokenflow/core";
import { omitUndefined } from "@tokenflow/core/provider";
import { parseJson, systemCode } from "@tokenflow/core/store";
import * as v from "valibot";
import { isUsageError } from "../messages/usage-error.ts";
import { type CheckedSettings, checkSettings, jsonObject, settingsObject } from "./check-settings.ts";
import { CLIENT_AUTHENTICATIONS, type OAuthDeclaration, WORKLOAD_GRANTS } from "./oauth-declaration.ts";
import { readTextFile } from "./read-text-file.ts";

export type { OAuthDeclaration } from "./oauth-declaration.ts";

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

/** Builds the schema, which takes longer than reading a file: most people have no `config.json`. */
function buildSchema() {
  const text = v.string("text");
  const flag = v.boolean("true or false");

  const endpoint = v.optional(text);

  const texts = v.pipe(jsonObject<Readonly<Record<string, unknown>>>(), v.record(text, text));

  /** Stands in a line of its own, and before the colon of Basic. Docker takes the name `<token>` for a refresh token. */
  const username = v.pipe(
    text,
    v.regex(/^(?!<token>$)[^\s:\p{C}]+$/u, "a name without spaces and colons, and not <token>"),
  );

  const declaration = settingsObject({
    service: v.optional(text),
    variables: v.optional(texts),
    issuer: v.optional(text),
    endpoints: v.optional(
      settingsObject({
        deviceAuthorization: endpoint,
        token: endpoint,
        poll: endpoint,
        revocation: endpoint,
        introspection: endpoint,
        registration: endpoint,
      }),
    ),
    origins: v.optional(v.array(text, "a list of text")),
    clientId: text,
    grant: v.optional(v.picklist(WORKLOAD_GRANTS, WORKLOAD_GRANTS.join(", "))),
    assertion: v.optional(text),
    register: v.optional(flag),
    clientAuthentication: v.optional(v.picklist(CLIENT_AUTHENTICATIONS, CLIENT_AUTHENTICATIONS.join(", "))),
    pkce: v.optional(flag),
    scope: v.optional(text),
    refreshScope: v.optional(text),
    audience: v.optional(text),
    resource: v.optional(text),
    parameters: v.optional(texts),
    keepIdToken: v.optional(flag),
    redirectUri: v.optional(text),
    upstream: v.optional(text),
    hosts: v.optional(v.array(text, "a list of text")),
    username: v.optional(username),
  });

  /** `oauth:<host>`, or the name that the person gave: small letters, digits and hyphens. */
  const PROVIDER_ID = /^(?:oauth:.+|[a-z][a-z0-9-]*)$/;

  const providerId = v.pipe(
    text,
    v.regex(PROVIDER_ID, "a name of small letters, digits and hyphens, or oauth:<host>"),
  );

  return settingsObject({
    store: v.optional(text),
    encryption: v.optional(v.picklist(ENCRYPTION_KINDS, "keychain, env or passphrase")),
    providers: v.optional(
      v.pipe(jsonObject<Readonly<Record<string, unknown>>>(), v.record(providerId, declaration)),
      {},
    ),
  });
}

let schema: ReturnType<typeof buildSchema> | undefined;

/** Checks the value of a `config.json`. */
export function checkConfig(value: unknown): CheckedSettings<Config> {
  schema ??= buildSchema();
  const { output, ...rest } = checkSettings(schema, value);
  if (!output) return rest;
  const { store, encryption, providers } = output;
  const declarations = Object.entries(providers).map(
    ([id, declared]): readonly [string, OAuthDeclaration] => [id, pickKnown(declared)],
  );
  return { ...rest, output: { store, encryption, providers: Object.fromEntries(declarations) } };
}

type Declared = v.InferOutput<ReturnType<typeof buildSchema>>["providers"][string];

/** Returns the members that the schema knows: the file may have others, which stay there. */
function pickKnown({
  service,
  variables,
  issuer,
  endpoints,
  origins,
  clientId,
  grant,
  assertion,
  register,
  clientAuthentication,
  pkce,
  scope,
  refreshScope,
  audience,
  resource,
  parameters,
  keepIdToken,
  redirectUri,
  upstream,
  hosts,
  username,
}: Declared): OAuthDeclaration {
  const known = omitUndefined({
    service,
    variables,
    issuer,
    endpoints: endpoints && omitUndefined(pickEndpoints(endpoints)),
    origins,
    grant,
    assertion,
    register,
    clientAuthentication,
    pkce,
    scope,
    refreshScope,
    audience,
    resource,
    parameters,
    keepIdToken,
    redirectUri,
    upstream,
    hosts,
    username,
  });
  return { clientId, ...known };
}

function pickEndpoints({
  deviceAuthorization,
  token,
  poll,
  revocation,
  introspection,
  registration,
}: NonNullable<Declared["endpoints"]>): NonNullable<OAuthDeclaration["endpoints"]> {
  return { deviceAuthorization, token, poll, revocation, introspection, registration };
}

const NO_SETTINGS = "{}";

/** Returns the settings if there is nothing to say about the file, so that a program can start without the words. */
export function readFlawlessConfig(folder: string): Config | undefined {
  const text = readConfigText(configPath(folder));
  if (text === NO_SETTINGS) return { providers: {} };
  const { output, unknown } = checkConfig(parseJson(text));
  return unknown.length > 0 ? undefined : output;
}

/**
 * Returns the file's text, or an empty object if there is no file.
 * @throws `store.unavailable` if it cannot be read; UsageError if it is not a regular file
 */
export function readConfigText(path: string): string {
  try {
    return readTextFile(path).text;
  } catch (error) {
    if (isUsageError(error)) throw error;
    const code = systemCode(error) ?? "unknown";
    // The store complains about a folder that is not a folder, in its own words.
    if (code === "ENOENT" || code === "ENOTDIR") return NO_SETTINGS;
    throw new TokenFlowError("store.unavailable", `${path} cannot be read (${code})`, {
      hint: "Check its owner and its mode.",
    });
  }
}

export function configPath(folder: string): string {
  return join(folder, "config.json");
}
