import { readFile } from "node:fs/promises";
import type { SessionName } from "@tokenflow/common";
import { type GetTokenOptions, Token, TokenFlowError, type TokenManager } from "@tokenflow/core";
import { isJsonObject, type JsonObject, parseJson } from "@tokenflow/core/provider";
import type { Context } from "../cli/command.ts";
import { agentSocket, keyFileOf } from "./agent-address.ts";

/** Long enough for the agent's own refresh, which waits 45 s for a lock. */
const TIMEOUT = 60_000;

/**
 * Returns a manager whose tokens come from the agent that `TOKENFLOW_AGENT` names. If no agent can be asked, they come
 * from the store as usual.
 */
export function throughAgent(manager: TokenManager, name: SessionName, { env }: Context): TokenManager {
  const socket = agentSocket(env);
  if (socket === undefined) return manager;
  return {
    ...manager,
    async getToken(options = {}) {
      const answer = await ask(socket, name, options).catch(() => undefined);
      return answer === undefined ? manager.getToken(options) : readAnswer(answer);
    },
  };
}

/** Returns what the agent says of this session; `undefined` if it is not an agent that we may ask. */
async function ask(
  socketPath: string,
  { provider, account }: SessionName,
  { minValidity, forceRefresh, signal }: GetTokenOptions,
): Promise<JsonObject | undefined> {
  const key = (await readFile(keyFileOf(socketPath), "utf8")).trim();
  const query = new URLSearchParams({ provider, account });
  if (minValidity !== undefined) query.set("min_validity", String(minValidity));
  if (forceRefresh) query.set("force_refresh", "");
  // An import would load the platform's `fetch` too, whose WebSocket `node:http` exports.
  const { request } = process.getBuiltinModule("node:http");
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, host: "localhost" };
    const call = request(
      { socketPath, path: `/token?${query}`, headers, signal, timeout: TIMEOUT },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("error", reject).on("end", () => {
          const body = parseJson(text);
          const isAnswer = response.statusCode === 200 || response.statusCode === 502;
          resolve(isAnswer && isJsonObject(body) ? body : undefined);
        });
      },
    );
    call
      .on("timeout", () => call.destroy())
      .on("error", reject)
      .end();
  });
}

/** @throws the error that the agent met */
function readAnswer(body: JsonObject): Token {
  const { accessToken, tokenType, issuedAt, expiresAt, dueAt, scope, idToken, details, code, message, hint } =
    body;
  if (typeof accessToken === "string" && typeof issuedAt === "number") {
    return new Token({
      accessToken,
      issuedAt,
      tokenType: textOf(tokenType),
      scope: textOf(scope),
      idToken: textOf(idToken),
      expiresAt: numberOf(expiresAt),
      dueAt: numberOf(dueAt),
      details: isJsonObject(details) ? details : undefined,
    });
  }
  throw new TokenFlowError(
    (textOf(code) ?? "provider.unavailable") as TokenFlowError["code"],
    textOf(message) ?? "The agent gave no token",
    { hint: textOf(hint) },
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
