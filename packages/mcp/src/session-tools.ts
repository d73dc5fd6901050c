import { isTokenFlowError, type SessionStatus, type TokenManager } from "@tokenflow/core";
import { requireToken } from "./require-token.ts";
import type { ProtocolServer } from "./server.ts";
import { failedResult, type ToolResult, textResult } from "./tool-result.ts";

/** The part of an `McpServer` that is used, as in both major versions of the SDK. */
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
  /**
   * The beginning of each tool's name, for a server with several sessions.
   * @default ""
   * @example "copilot_" // makes "copilot_sign_in"
   */
  readonly prefix?: string | undefined;
  /** Lets `sign_out` also revoke the session at the service, if that is possible. @default false @example true */
  readonly revoke?: boolean | undefined;
}

/**
 * Registers the tools `sign_in`, `sign_out` and `session_status`, so that a person can ask the model for them. No tool
 * waits for a person, and none shows a secret.
 * @example
 * registerSessionTools(server, manager, { prefix: "copilot_" });
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
      description: `Signs the person in to ${name}. Returns a link and a code for the person, later who is signed in.`,
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
    },
    requireToken(server, manager, status),
  );
  server.registerTool(
    `${prefix}sign_out`,
    {
      title: `Sign out of ${name}`,
      description: `Ends the session with ${name}. Call it only if the person asks for it.`,
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
      description: `Reports if the person is signed in to ${name}, and until when the access lasts. Changes nothing.`,
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
  const until =
    expiresAt === undefined ? "" : `; the token is valid until ${new Date(expiresAt).toISOString()}`;
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
      return `A sign-in to ${name} is waiting for the person`;
    case "signed_out":
      return `Not signed in to ${name}`;
    case "revoked":
      return `${name} has ended the session${who}: sign in again`;
    case "unavailable":
      return `The session with ${name} is unknown: the store cannot be read`;
  }
}
