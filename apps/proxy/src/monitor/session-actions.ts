import type { IncomingMessage, ServerResponse } from "node:http";
import { TokenFlowError, type TokenManager } from "@tokenflow/core";
import { isJsonObject } from "@tokenflow/core/provider";
import { RequestError } from "../answers/request-error.ts";
import { readBody } from "../routing/request-body.ts";
import type { ProxySession } from "../routing/route.ts";

/** What a person does to a session from the outside. */
export interface SessionAction {
  readonly manager: TokenManager;
  readonly revoke: boolean;
}

const BODY_LIMIT = 4096;

/**
 * Reads `{ provider, account?, revoke? }`. Only JSON is taken: a form of another page can send none without
 * asking first.
 * @throws RequestError 400, 404
 */
export async function readAction(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: readonly ProxySession[],
): Promise<SessionAction> {
  if (!/^application\/json(?:;|$)/i.test(request.headers["content-type"] ?? "")) {
    throw new RequestError("request.malformed", "This path takes application/json.");
  }
  const body = (await readBody(request, response, BODY_LIMIT)).json();
  const { provider, account = "default", revoke = false } = isJsonObject(body) ? body : {};
  if (typeof provider !== "string" || typeof account !== "string" || typeof revoke !== "boolean") {
    throw new RequestError("request.malformed", "This path takes { provider, account?, revoke? }.");
  }
  const session = sessions.find(
    ({ manager }) => manager.provider.id === provider && manager.account === account,
  );
  if (!session) throw new RequestError("request.not_found", "There is no such session here.");
  return { manager: session.manager, revoke };
}

/** Begins a sign-in, or joins the one that runs; the person is not waited for. */
export async function signIn({ manager }: SessionAction, signal: AbortSignal): Promise<void> {
  const acquired = await manager.acquire({ signal });
  if (acquired.status === "failed") throw acquired.error;
}

export async function signOut({ manager, revoke }: SessionAction): Promise<void> {
  const { origin } = await manager.status();
  if (origin === "environment") {
    throw new TokenFlowError("provider.misconfigured", `The session of ${manager.provider.name} was given`, {
      hint: "Take it from the environment of the proxy to sign out.",
    });
  }
  await manager.signOut({ revoke });
}
