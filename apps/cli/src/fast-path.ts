import { homedir } from "node:os";
import { type Config, FROM_ENV, type OAuthDeclaration, readFlawlessConfig } from "@tokenflow/common/config";
import { PROVIDERS, type ProviderEntry } from "@tokenflow/common/providers";
import { tokenEnvVar } from "@tokenflow/core/environment";
import { withoutTrailingSlash } from "@tokenflow/core/provider";
import { readFreshToken } from "@tokenflow/core/store";
import { readSession, sessionFolder } from "@tokenflow/store-file";
import type { Context } from "./cli/command.ts";
import { type ApiPart, apiOf, type Credential, credentialOf, isPlainSecret } from "./formats/credential.ts";
import type { Question } from "./formats/helper.ts";
import { PRINTED } from "./formats/printed.ts";
import { declaredOrigins, serverOrigin, usernameFor } from "./formats/server.ts";
import { HELPERS, splitWords } from "./formats/table.ts";
import { readQuestion } from "./terminal/read-question.ts";

export interface FastAnswer {
  /** The output, empty if there is nothing to say. Absent if the command must find it, or the reason why there is none. */
  readonly text?: string | undefined;
  /** The question that was read from stdin, or why it cannot be read. It cannot be read a second time. */
  readonly input?: Promise<string> | undefined;
}

/**
 * Returns the output of a plain `tokenflow token <provider>`, also with `--format`, if the file store has a fresh token,
 * without loading the command. In every other case, errors included, the command finds the cause and reports it.
 * Everything imported here is inlined into the file that starts, so it imports as little as possible.
 */
export async function answerFast(argv: readonly string[], env: Context["env"]): Promise<FastAnswer> {
  const line = readLine(argv);
  if (!line) return {};
  const { format, words } = line;
  let input: Promise<string> | undefined;
  try {
    const helper = Object.hasOwn(HELPERS, format) ? HELPERS[format] : undefined;
    if (!helper) {
      const [provider] = words;
      const printed = PRINTED[format];
      if (provider === undefined || words.length > 1 || !printed) return {};
      const { needs = [] } = printed;
      const credential = await cachedCredential(provider, readSettings(env), { env, needs });
      const variable = tokenEnvVar(provider);
      return credential ? { text: printed.write(credential, { env, variable }) } : {};
    }
    const call = splitWords(helper, words);
    const until = call && helper.input[call.operation];
    if (!call) return {};
    input = until === undefined ? undefined : readQuestion(() => process.stdin, until);
    const question = helper.read(call.operation, (await input) ?? "", call.argument);
    if (question.kind === "reply" && question.reply.exit === 0) return { text: question.reply.text };
    if (question.kind !== "get" || question.username !== undefined) return { input };
    return { text: await answerGet(question, call.provider, env), input };
  } catch {
    return { input };
  }
}

/** Reads `token [words] [--format <name>]`. Every other option is the command's. */
function readLine(
  argv: readonly string[],
): { readonly format: string; readonly words: readonly string[] } | undefined {
  const [command, ...rest] = argv;
  if (command !== "token") return undefined;
  const at = rest.findIndex((word) => word.startsWith("-"));
  if (at < 0) return { format: "bearer", words: rest };
  if (rest[at] !== "--format") return undefined;
  const words = rest.toSpliced(at, 2);
  const format = rest[at + 1] ?? "";
  return words.some((word) => word.startsWith("-")) ? undefined : { format, words };
}

/** Answers if exactly one provider is for that server. */
async function answerGet(
  { origin, write }: Extract<Question, { readonly kind: "get" }>,
  provider: string | undefined,
  env: Context["env"],
): Promise<string | undefined> {
  const settings = readSettings(env);
  if (origin === undefined || !settings) return undefined;
  const { providers } = settings.config;
  const candidates =
    provider === undefined ? [...Object.keys(PROVIDERS), ...Object.keys(providers)] : [provider];
  // Only the command can tell where a service from the table is.
  if (candidates.some((id) => providers[id]?.service !== undefined)) return undefined;
  const serving = candidates.filter((id) => {
    const bundled = Object.hasOwn(PROVIDERS, id) ? PROVIDERS[id] : undefined;
    if (!bundled) return declaredOrigins(providers[id] ?? {}).includes(origin);
    // The API of a bundled provider depends on the account, so that its token names it.
    return provider !== undefined || baseOrigin(bundled, env) === origin;
  });
  const [id, ...others] = serving;
  if (id === undefined || others.length > 0) return undefined;
  const credential = await cachedCredential(id, settings, { env, needs: ["headers", "origins"] });
  if (!credential?.origins.includes(origin) || !isPlainSecret(credential.secret)) return undefined;
  return write({ ...credential, username: usernameFor(origin, providers[id]) });
}

/** Returns nothing for a provider whose address is misconfigured: it must not be in the way of the others. */
function baseOrigin({ describeApi }: ProviderEntry, env: Context["env"]): string | undefined {
  try {
    return serverOrigin(describeApi?.(env).baseUrl ?? "");
  } catch {
    return undefined;
  }
}

interface Settings {
  readonly folder: string;
  readonly config: Config;
}

function readSettings(env: Context["env"]): Settings | undefined {
  const folder = sessionFolder({ env, platform: process.platform, home: homedir, cwd: process.cwd });
  const config = readFlawlessConfig(folder);
  return config && isPlainFile(config, env) ? { folder, config } : undefined;
}

async function cachedCredential(
  provider: string,
  settings: Settings | undefined,
  { env, needs }: Pick<Context, "env"> & { readonly needs: readonly ApiPart[] },
): Promise<Credential | undefined> {
  if (!settings || mayHaveEnvCredential(provider, env)) return undefined;
  const { providers } = settings.config;
  const declaration = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  const bundled = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined;
  // The command complains about a provider that nobody knows, and reads what the settings say of a bundled one.
  if (bundled ? declaration !== undefined : declaration === undefined || declaration.service !== undefined)
    return undefined;
  const client = declaration && clientOf(declaration);
  const session = await readSession(settings.folder, `${provider}/default`);
  const token = session && readFreshToken(session.stored, { ...session, client });
  // A long-lived token is printed with a warning, and not where another mode was chosen.
  // Any other text could control the terminal; the command escapes it.
  if (!token || token.details?.["mode"] === "direct" || !isPlainSecret(token.accessToken)) return undefined;
  const described = needs.length > 0 ? bundled?.describeApi?.(env) : undefined;
  if (bundled && needs.length > 0 && !described) return undefined;
  // The token of a bundled provider is for the address that belongs to it, and for no other.
  const api = declaration ? declaredApi(declaration) : apiOf(token, described, [], needs);
  const username = usernameFor(api.origins[0], declaration);
  return credentialOf(token, { ...api, provider, account: "default", username });
}

function declaredApi(declaration: OAuthDeclaration): ReturnType<typeof apiOf> {
  const { upstream } = declaration;
  const baseUrl = upstream === undefined ? undefined : withoutTrailingSlash(upstream);
  return { baseUrl, headers: {}, origins: declaredOrigins(declaration) };
}

/** Returns the name of the server and client that a provider of these settings has. */
function clientOf({ issuer, endpoints, clientId, grant }: OAuthDeclaration): string {
  const client = `${withoutTrailingSlash(issuer ?? endpoints?.token ?? "")} ${clientId}`;
  return grant === undefined ? client : `${client} ${grant}`;
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
