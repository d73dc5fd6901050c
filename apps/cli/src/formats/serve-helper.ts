import {
  DEFAULT_ACCOUNT,
  EXIT,
  PROVIDERS,
  providerIds,
  requireProvider,
  type SessionName,
  type SessionStoreContext,
  UsageError,
} from "@tokenflow/common";
import { isTokenFlowError, type Token, type TokenManager } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { problemText, readProblem } from "../cli/problem.ts";
import { openManager } from "../session/open-manager.ts";
import { availableSessions, notSignedIn } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";
import { isPlainSecret } from "./credential.ts";
import { type CredentialRequest, fetchCredential } from "./fetch-credential.ts";
import type { HelperFormat, Question, Reply } from "./helper.ts";
import { originsOf } from "./served-origins.ts";
import { usernameFor } from "./server.ts";

export interface ServeOptions {
  readonly helper: HelperFormat;
  /** The provider that the command line names. Without one, every session may answer. */
  readonly provider: string | undefined;
  readonly account: string | undefined;
  readonly request: CredentialRequest;
}

/** Answers a program's question. Only a session that is for the program's server answers. */
export async function serveHelper(
  question: Question,
  options: ServeOptions,
  context: Context,
): Promise<Reply> {
  const { helper } = options;
  if (question.kind === "reply") return question.reply;
  await using storeContext = await openStore(context);
  const { provider } = options;
  if (provider !== undefined) requireProvider(provider, storeContext.config);
  const candidates = provider === undefined ? providerIds(storeContext.config) : [provider];
  if (question.kind === "list") {
    const entries = [];
    for (const { provider: id } of await sessionsOf(candidates, storeContext, context)) {
      for (const origin of await originsOf(id, storeContext, context)) {
        entries.push({ origin, username: usernameFor(origin, storeContext.config.providers[id]) });
      }
    }
    return { text: question.write(entries), exit: EXIT.done };
  }
  const { origin } = question;
  if (origin === undefined) return helper.nothing;
  const serving = [];
  for (const id of candidates) {
    const origins = await originsOf(id, storeContext, context).catch((error: unknown): readonly string[] => {
      // A provider that is misconfigured must not be in the way of the others.
      if (provider === undefined && isTokenFlowError(error)) return [];
      throw error;
    });
    // The API of a bundled provider depends on the account, so that its token names it.
    const isOpen = provider !== undefined && Object.hasOwn(PROVIDERS, id);
    if (isOpen || origins.includes(origin)) serving.push(id);
  }
  if (serving.length === 0) return helper.nothing;
  const name = await chooseFor(question, serving, options, { storeContext, context });
  if (name === undefined) return helper.nothing;
  await using manager = await openManager(name, storeContext, context);
  if (question.kind === "refused") {
    await renewRefused(manager, question.secret, context);
    return helper.nothing;
  }
  const { credential } = await fetchCredential(options.request, { manager, name, storeContext }, context);
  if (!credential.origins.includes(origin)) return helper.nothing;
  if (!isPlainSecret(credential.secret)) {
    throw new UsageError(`the token of ${name.provider} has characters that no header can hold`);
  }
  const username = usernameFor(origin, storeContext.config.providers[name.provider]);
  return { text: question.write({ ...credential, username }), exit: EXIT.done };
}

async function sessionsOf(
  ids: readonly string[],
  storeContext: SessionStoreContext,
  { env }: Context,
): Promise<readonly SessionName[]> {
  const names = await availableSessions(storeContext, env);
  return names.filter(({ provider }) => ids.includes(provider));
}

/** Chooses the session that answers, by the account or the login that the program names. */
async function chooseFor(
  { origin, username }: Extract<Question, { readonly kind: "get" | "refused" }>,
  serving: readonly string[],
  { account }: ServeOptions,
  { storeContext, context }: { readonly storeContext: SessionStoreContext; readonly context: Context },
): Promise<SessionName | undefined> {
  const all = await sessionsOf(serving, storeContext, context);
  const names = account === undefined ? all : all.filter((name) => name.account === account);
  const [first, ...others] = names;
  const { terminal } = context;
  if (first === undefined) {
    const [provider = ""] = serving;
    const { message, hint } = await readProblem(notSignedIn(storeContext.where, { provider, account }));
    terminal.say(`tokenflow: ${problemText(message)}. ${hint ?? ""}`);
    return undefined;
  }
  const usual = usernameFor(origin, storeContext.config.providers[first.provider]);
  if (username !== undefined && username !== usual && account === undefined) {
    const named = names.filter((name) => name.account === username);
    if (named.length === 1) return named[0];
    const logins: (string | undefined)[] = [];
    for (const name of names) logins.push(await loginOf(name, storeContext, context));
    const known = names.filter((_, index) => logins[index] === username);
    if (known.length === 1) return known[0];
    // The token of another person must not answer for this one.
    if (!logins.includes(undefined)) return undefined;
  }
  if (others.length === 0) return first;
  const byDefault = names.filter((name) => name.account === DEFAULT_ACCOUNT);
  if (byDefault.length === 1) return byDefault[0];
  terminal.say(
    `tokenflow: several sessions are for ${origin ?? ""}: ${names.map((name) => `${name.provider}/${name.account}`).join(", ")}. Name one of them in the settings of the program that asks.`,
  );
  return undefined;
}

async function loginOf(
  name: SessionName,
  storeContext: SessionStoreContext,
  context: Context,
): Promise<string | undefined> {
  await using manager = await openManager(name, storeContext, context);
  return (await manager.status()).login;
}

/** The age from which a refused token may have been ended by its service. A younger one is refused for another reason. */
const MIN_REFUSED_AGE = 30_000;

/** Replaces the session's token if it is the one that a server refused. A failure is reported and changes nothing. */
async function renewRefused(
  manager: TokenManager,
  secret: string,
  { terminal, signal }: Context,
): Promise<void> {
  try {
    const { renewable } = await manager.status();
    const token: Token = await manager.getToken({ signal });
    const isCurrent = token.accessToken === secret;
    if (renewable === false || !isCurrent || Date.now() - token.issuedAt < MIN_REFUSED_AGE) return;
    manager.reject(token);
    await manager.getToken({ signal });
  } catch (error) {
    if (!isTokenFlowError(error)) throw error;
    const { message, hint } = await readProblem(error);
    terminal.say(`tokenflow: ${problemText(message)}. ${hint ?? ""}`);
  }
}
