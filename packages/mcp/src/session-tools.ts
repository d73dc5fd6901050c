import { isTokenFlowError, type SessionStatus, type TokenManager } from "@tokenflow/core";
import { requireToken } from "./require-token.ts";
import type { ProtocolServer } from "./server.ts";
import { failedResult, type ToolResult, textResult } from "./tool-result.ts";

/** What is asked of an `McpServer`, which both majors of the SDK have. */
export interface ToolServer {
  readonly server: ProtocolServer;
  registerTool(
    name: string,
    config: {
      title: string;
      description: string;
      annotations: { readOnlyHint: boolean; destructiveHint: boolean; openWorldHint: boolean };
    },
    handler: (context: unknown) => Promise<ToolResult>,
  ): unknown;
}

export interface SessionToolsOptions {
  /** Stands before each name, for a server with several sessions: `copilot_` makes `copilot_sign_in`. @default "" */
  readonly prefix?: string | undefined;
  /** Whether `sign_out` also revokes the session at the service, where that is possible. @default false */
  readonly revoke?: boolean | undefined;
}

/**
 * Registers `sign_in`, `sign_out` and `session_status`, so that a person can ask the model for them. None of
 * them waits for a person, and none shows a secret.
 */
export function registerSessionTools(
  server: ToolServer,
  manager: TokenManager,
  { prefix = "", revoke = false }: SessionToolsOptions = {},
): void {
  const { name } = manager.provider;
  const status = async (): Promise<ToolResult> => {
    const found = await manager.status();
    return { ...textResult(describe(name, found)), structuredContent: { ...found } };
  };

  server.registerTool(
    `${prefix}sign_in`,
    {
      title: `Sign in to ${name}`,
      description: `Signs the person in to ${name}. Answers with a link and a code for them, then says who is signed in.`,
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
    },
    requireToken(server, manager, status),
  );
  server.registerTool(
    `${prefix}sign_out`,
    {
      title: `Sign out of ${name}`,
      description: `Ends the session with ${name}. Only when the person asks for it.`,
      annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
    },
    answerErrors(async () => {
      await manager.signOut({ revoke });
      return textResult(`Signed out of ${name}.`);
    }),
  );
  server.registerTool(
    `${prefix}session_status`,
    {
      title: `Session with ${name}`,
      description: `Says whether the person is signed in to ${name}, and until when the access lasts. Changes nothing.`,
      annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
    },
    answerErrors(status),
  );
}

function answerErrors(handler: () => Promise<ToolResult>): () => Promise<ToolResult> {
  return async () => {
    try {
      return await handler();
    } catch (error) {
      if (isTokenFlowError(error)) return failedResult(error);
      throw error;
    }
  };
}

function describe(name: string, { state, login, expiresAt, failure }: SessionStatus): string {
  const who = login === undefined ? "" : ` as ${login}`;
  const until = expiresAt === undefined ? "" : `; the token lasts until ${new Date(expiresAt).toISOString()}`;
  const trouble = failure
    ? ` ${failure.message}.${failure.hint === undefined ? "" : ` ${failure.hint}`}`
    : "";
  return `${headline(state, name, who)}${until}.${trouble}`;
}

function headline(state: SessionStatus["state"], name: string, who: string): string {
  switch (state) {
    case "valid":
    case "due":
    case "expired":
    case "refreshing":
      return `Signed in to ${name}${who}`;
    case "pending":
      return `A sign-in to ${name} waits for the person`;
    case "signed_out":
      return `Not signed in to ${name}`;
    case "revoked":
      return `${name} has ended the session${who}: sign in again`;
    case "unavailable":
      return `Whether anybody is signed in to ${name} is not known: the store cannot be read`;
  }
}
