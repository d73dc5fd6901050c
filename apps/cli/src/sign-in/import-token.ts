import { readFile } from "node:fs/promises";
import { formatMoment, type SessionStoreContext, shortenHome, UsageError } from "@tokenflow/common";
import { importSession, Token, TokenFlowError } from "@tokenflow/core";
import { isJsonObject, parseJson } from "@tokenflow/core/provider";
import type { Context } from "../cli/command.ts";
import { requireProvider } from "../session/providers.ts";
import type { SessionName } from "../session/sessions.ts";

/**
 * Keeps the token of a file in TokenFlow's cache format. Nothing can renew it, so it is a session until its end. A
 * whole session, with its grant, is left alone: the grant is single-use.
 * @throws UsageError for a file that is no such thing, or whose token is over
 */
export async function importToken(
  file: string,
  name: SessionName,
  overwrite: boolean,
  place: SessionStoreContext,
  { env, terminal }: Context,
): Promise<void> {
  const { createProvider } = await requireProvider(name.provider, place.config).load();
  const provider = createProvider(env);
  const token = await readToken(file, name.provider);
  const encryption = await place.encryption?.();
  const { account } = name;
  await importSession({ provider, store: place.store, account, token, overwrite, encryption });
  const until = token.expiresAt === undefined ? "" : ` · until ${formatMoment(token.expiresAt, Date.now())}`;
  terminal.say(
    `Imported the token in ${shortenHome(file)} to ${provider.name} · kept in ${place.where} (${place.description})${until}`,
  );
}

async function readToken(file: string, provider: string): Promise<Token> {
  const instead = `Run: tokenflow login ${provider}`;
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) throw new UsageError(`${file} cannot be read`, instead);
  const json = parseJson(text);
  if (isJsonObject(json) && json["grant"] !== undefined) {
    throw new UsageError(
      `${file} is a whole session, whose grant is good once and so stays where it is`,
      `To use it from another folder, set TOKENFLOW_HOME; else ${instead.toLowerCase()}`,
    );
  }
  let token: Token;
  try {
    token = Token.fromCache(json);
  } catch (error) {
    if (!(error instanceof TokenFlowError)) throw error;
    throw new UsageError(`${file} holds no token: ${error.message}`, instead);
  }
  if (!token.isAlive()) throw new UsageError(`the token in ${file} is over`, instead);
  return token;
}
