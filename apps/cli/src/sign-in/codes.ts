import { isMcpServer } from "@tokenflow/common";
import {
  isTokenFlowError,
  type Provider,
  type Session,
  TokenFlowError,
  type UserCodePrompt,
} from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import type { Context } from "../cli/command.ts";
import { problemText } from "../cli/problem.ts";

/** Asks for a new code when one expires, until the person at the terminal declines. */
export async function withNewCodes(
  signIn: () => Promise<Session>,
  person: Pick<Context, "terminal" | "signal"> | undefined,
): Promise<Session> {
  for (;;) {
    try {
      return await signIn();
    } catch (error) {
      if (!person || !isTokenFlowError(error, "device.expired")) throw error;
      const answer = await person.terminal.ask("The code has expired. Get a new one? [Y/n] ", person.signal);
      if (answer === undefined || !/^(?:y|yes|)$/i.test(answer.trim())) throw error;
    }
  }
}

/** Adds the other way to the refusal of a service, or of an organization, that does not allow the device flow. */
export async function withOtherWay(
  error: unknown,
  { id, authorize }: Provider,
  signal: AbortSignal,
): Promise<unknown> {
  const codes = ["provider.misconfigured", "provider.forbidden", "provider.client_not_allowed"] as const;
  if (!authorize || !isTokenFlowError(error) || !codes.some((code) => code === error.code)) return error;
  const { code, message, status, reason, hint = "" } = error;
  // What has no code is no refusal of the flow, but a server whose page cannot be found either.
  const mayHelp = isMcpServer(id) ? reason !== undefined : await hasPage(authorize, signal);
  if (!mayHelp) return error;
  const other = `Or sign in on the service's page: tokenflow login ${id} --browser`;
  return new TokenFlowError(code, message, { status, reason, hint: `${hint} ${other}`.trim() });
}

/** Asks the server's metadata for a page to sign in on. No page is opened, and nothing listens. */
async function hasPage(authorize: NonNullable<Provider["authorize"]>, signal: AbortSignal): Promise<boolean> {
  const call = { http: createHttp(), clock: systemClock, signal };
  return authorize(async (fixed = "http://127.0.0.1/") => fixed, call).then(
    () => true,
    () => false,
  );
}

/** Returns the line that tells why the sign-in continues in the other way. */
export function fallbackLine({ message }: TokenFlowError, next: "browser" | "device"): string {
  const way = next === "browser" ? "in the browser" : "with a code";
  return `tokenflow: ${problemText(message)}. Continuing ${way}.`;
}

export function codeJson(code: UserCodePrompt): Record<string, string | undefined> {
  return {
    type: "code",
    user_code: code.userCode,
    verification_uri: code.verificationUri,
    verification_uri_complete: code.verificationUriComplete,
    expires_at: new Date(code.expiresAt).toISOString(),
    notice: code.notice,
  };
}
