/** What is asked of the protocol layer of a server, which both majors of the SDK have. */
export interface ProtocolServer {
  /** What the client declared in its `initialize`; version 2 answers it for requests of 2026-07-28 too. */
  getClientCapabilities(): ClientCapabilities | undefined;
  /** The revision that serves the requests. Version 1 does not tell. */
  getNegotiatedProtocolVersion?(): string | undefined;
  createElicitationCompletionNotifier(elicitationId: string): () => Promise<void>;
}

/** The one part of a client's capabilities that counts here. */
export interface ClientCapabilities {
  readonly elicitation?: { readonly url?: unknown } | undefined;
}

/** An `McpServer` of either major, or the `Server` in it. */
export type AnyServer = ProtocolServer | { readonly server: ProtocolServer };

export function protocolOf(server: AnyServer): ProtocolServer {
  return "server" in server ? server.server : server;
}
