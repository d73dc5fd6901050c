import type { IncomingMessage, ServerResponse } from "node:http";
import { TokenFlowError, type TokenManager } from "@tokenflow/core";
import { isJsonObject, parseJson } from "@tokenflow/core/provider";
import { RequestError } from "../answers/request-error.ts";
import { readText } from "../body/read-body.ts";
import type { ProxySession } from "../routing/route.ts";

/** A sign-in or sign-out that a person requests on the dashboard. */
export interface SessionAction {
  readonly manager: TokenManager;
  readonly revoke: boolean;
}

const BODY_LIMIT = 4096;

/**
 * Reads `{ provider, account?, revoke? }`. Accepts only JSON, since a form of another origin cannot send it without a
 * preflight.
 * @throws RequestError 400, 404
 */
export async function readAction(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: readonly ProxySession[],
): Promise<SessionAction> {
  if (!/^application\/json(?:;|$)/i.test(request.headers["content-type"] ?? "")) {
    throw new RequestError("request.malformed", "This path accepts only application/json.");
  }
  const body = parseJson(await readText(request, response, BODY_LIMIT));
  const { provider, account = "default", revoke = false } = isJsonObject(body) ? body : {};
  if (typeof provider !== "string" || typeof account !== "string" || typeof revoke !== "boolean") {
    throw new RequestError("request.malformed", "This path requires { provider, account?, revoke? }.");
  }
  const session = sessions.find(
    ({ manager }) => manager.provider.id === provider && manager.account === account,
  );
  if (!session)
    throw new RequestError(
      "request.not_found",
      "Unknown session. See /api/status for the sessions of this proxy.",
    );
  return { manager: session.manager, revoke };
}

/** Starts a sign-in, or joins the current one. Does not wait for the person. */
export async function signIn({ manager }: SessionAction, signal: AbortSignal): Promise<void> {
  const acquired = await manager.acquire({ signal });
  if (acquired.status === "failed") throw acquired.error;
}

export async function signOut({ manager, revoke }: SessionAction): Promise<void> {
  const { origin } = await manager.status();
  if (origin === "environment") {
    throw new TokenFlowError(
      "provider.misconfigured",
      `The ${manager.provider.name} session comes from the environment`,
      {
        hint: "Remove its variable from the proxy's environment to sign out.",
      },
    );
  }
  await manager.signOut({ revoke });
}
