import {
  formatMoment,
  readTextFile,
  requireProvider,
  type SessionName,
  type SessionStoreContext,
  shortenHome,
  UsageError,
} from "@tokenflow/common";
import { importSession, Token, TokenFlowError } from "@tokenflow/core";
import { isJsonObject, parseJson } from "@tokenflow/core/provider";
import type { Context } from "../cli/command.ts";
import { problemText } from "../cli/problem.ts";
import { type Replaces, rejectIfUnreadable } from "./save-grant.ts";

/**
 * Stores the token of a file in TokenFlow's cache format. The session ends with the token, which cannot be refreshed. A
 * file with a whole session is refused, because its grant is single-use.
 * @throws UsageError for any other file, and for an expired token
 */
export async function importToken(
  file: string,
  name: SessionName,
  replaces: Replaces,
  storeContext: SessionStoreContext,
  { env, terminal }: Context,
): Promise<void> {
  const { createProvider } = await requireProvider(name.provider, storeContext.config).load();
  const provider = createProvider(env);
  const token = readToken(file, name.provider);
  await rejectIfUnreadable({ provider, name, replaces }, storeContext);
  const encryption = await storeContext.encryption?.();
  const { account } = name;
  await importSession({ provider, store: storeContext.store, account, token, ...replaces, encryption });
  const until = token.expiresAt === undefined ? "" : ` · until ${formatMoment(token.expiresAt, Date.now())}`;
  terminal.say(
    `Imported the token in ${shortenHome(file)} to ${provider.name} · stored in ${storeContext.where} (${storeContext.description})${until}`,
  );
}

function readToken(file: string, provider: string): Token {
  const instead = `Run: tokenflow login ${provider}`;
  const json = parseJson(readText(file, instead));
  if (isJsonObject(json) && json["grant"] !== undefined) {
    throw new UsageError(
      `${file} is a whole session, and its grant can be used only once`,
      `To use it where it is, set TOKENFLOW_HOME to its folder; otherwise ${instead.toLowerCase()}`,
    );
  }
  let token: Token;
  try {
    token = Token.fromCache(json);
  } catch (error) {
    if (!(error instanceof TokenFlowError)) throw error;
    throw new UsageError(`${file} contains no token: ${problemText(error.message)}`, instead);
  }
  if (!token.isAlive()) throw new UsageError(`the token in ${file} has expired`, instead);
  return token;
}

function readText(file: string, instead: string): string {
  try {
    return readTextFile(file).text;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} cannot be read`, instead);
  }
}
