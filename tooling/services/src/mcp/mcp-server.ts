import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface McpServerOptions {
  /** The authorization server, which is asked about each token (RFC 7662). */
  readonly issuer: string;
  /** A client of the authorization server that may ask it about tokens. */
  readonly introspectionClient: string;
  /** The address that its metadata and its tokens name. @default its own */
  readonly resource?: string | undefined;
  /** The scopes that its metadata asks for. @default ["openid", "offline_access"] */
  readonly scopes?: readonly string[] | undefined;
  /** The audience that a token must name. @default the resource */
  readonly audience?: string | undefined;
  /** Members of the metadata, which replace its own. @default {} */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Answers by an event stream. @default false: by JSON */
  readonly streams?: boolean | undefined;
  /** @default a free one */
  readonly port?: number | undefined;
}

/** An MCP server on loopback that wants a sign-in, by the streamable HTTP transport. */
export interface McpServer extends AsyncDisposable {
  readonly url: string;
  /** The methods of all requests that had a good token, in order; a tool call is `tools/call <name>`. */
  readonly seen: readonly string[];
  /** How many requests were refused for their token. */
  readonly refused: () => number;
}

interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

const TOOLS = [
  {
    name: "echo",
    description: "Repeats a text.",
    inputSchema: { type: "object", properties: { text: { type: "string" } } },
  },
  { name: "break", description: "Its answer never arrives.", inputSchema: { type: "object" } },
  { name: "admin", description: "Needs another scope.", inputSchema: { type: "object" } },
];

/**
 * Starts the server. Its tools: `echo` repeats `text`; `break` loses the connection before its answer; `admin` needs the
 * scope `admin`.
 */
export async function startMcpServer(options: McpServerOptions): Promise<McpServer> {
  const { issuer, introspectionClient, scopes = ["openid", "offline_access"], streams = false } = options;
  const server = createServer();
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const url = `${origin}/mcp`;
  const resource = options.resource ?? url;
  const metadataUrl = `${origin}/.well-known/oauth-protected-resource/mcp`;
  const seen: string[] = [];
  let refused = 0;

  const inspect = async (token: string): Promise<{ active?: boolean; aud?: unknown; scope?: string }> => {
    const body = new URLSearchParams({ token, client_id: introspectionClient });
    const answer = await fetch(`${issuer}/token/introspection`, { method: "POST", body });
    return (await answer.json()) as { active?: boolean };
  };

  const refuse = (response: ServerResponse, status: 401 | 403, parameters: string): void => {
    refused += 1;
    const challenge = `Bearer resource_metadata="${metadataUrl}"${parameters}`;
    response.writeHead(status, { "www-authenticate": challenge }).end();
  };

  const reply = (response: ServerResponse, id: Message["id"], result: unknown): void => {
    const text = JSON.stringify({ jsonrpc: "2.0", id, result });
    const headers = { "mcp-session-id": session };
    if (!streams) response.writeHead(200, { "content-type": "application/json", ...headers }).end(text);
    else {
      response.writeHead(200, { "content-type": "text/event-stream", ...headers });
      response.end(`event: message\ndata: ${text}\n\n`);
    }
  };
  const session = randomUUID();

  const answerCall = (message: Message, scope: string, response: ServerResponse): void => {
    const { name, arguments: given } = message.params ?? {};
    if (name === "break") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": the answer follows\n\n", () => response.destroy());
      return;
    }
    if (name === "admin" && !scope.split(" ").includes("admin")) {
      return refuse(response, 403, ', error="insufficient_scope", scope="admin"');
    }
    const { text = "done" } = (given ?? {}) as { text?: string };
    reply(response, message.id, { content: [{ type: "text", text }] });
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url?.startsWith("/.well-known/oauth-protected-resource")) {
      const metadata = {
        resource,
        authorization_servers: [issuer],
        scopes_supported: scopes,
        ...options.metadata,
      };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(metadata));
      return;
    }
    if (request.url !== "/mcp") return void response.writeHead(404).end();
    const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
    if (token === undefined) return refuse(response, 401, "");
    const { active, aud, scope = "" } = await inspect(token);
    const isForUs = [aud].flat().includes(options.audience ?? resource);
    if (!active || !isForUs) return refuse(response, 401, ', error="invalid_token"');
    if (request.method !== "POST")
      return void response.writeHead(request.method === "DELETE" ? 200 : 405).end();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const message = JSON.parse(Buffer.concat(chunks).toString()) as Message;
    seen.push(
      message.method === "tools/call"
        ? `tools/call ${String(message.params?.["name"])}`
        : String(message.method),
    );
    if (message.id === undefined) return void response.writeHead(202).end();
    switch (message.method) {
      case "initialize":
        return reply(response, message.id, {
          protocolVersion: message.params?.["protocolVersion"],
          capabilities: { tools: {} },
          serverInfo: { name: "loopback", version: "1" },
        });
      case "tools/list":
        return reply(response, message.id, { tools: TOOLS });
      case "tools/call":
        return answerCall(message, scope, response);
      default:
        return reply(response, message.id, {});
    }
  };

  server.on("request", (request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  return {
    url,
    seen,
    refused: () => refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
