/** The protocol layer of a server, as in both major versions of the SDK. */
export interface ProtocolServer {
  /** Returns the capabilities that the client declared in `initialize`; in version 2 also for requests of 2026-07-28. */
  getClientCapabilities(): ClientCapabilities | undefined;
  /** Returns the protocol revision. Version 1 does not have it. */
  getNegotiatedProtocolVersion?(): string | undefined;
  createElicitationCompletionNotifier(elicitationId: string): () => Promise<void>;
}

/** The part of a client's capabilities that is read here. */
export interface ClientCapabilities {
  readonly elicitation?: { readonly url?: unknown } | undefined;
}

/** An `McpServer` of either major version, or the `Server` in it. */
export type AnyServer = ProtocolServer | { readonly server: ProtocolServer };

export function protocolOf(server: AnyServer): ProtocolServer {
  return "server" in server ? server.server : server;
}
