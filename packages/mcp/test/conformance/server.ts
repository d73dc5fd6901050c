import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import {
  acceptedContent,
  type CallToolResult,
  createMcpHandler,
  hostHeaderValidationResponse,
  type InputRequiredResult,
  inputRequired,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  McpServer,
  originValidationResponse,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { TokenManager } from "@tokenflow/core";
import { registerSessionTools, requireToken } from "@tokenflow/mcp";
import { z } from "zod";

export interface ConformanceServer extends AsyncDisposable {
  readonly url: string;
}

type Answer = CallToolResult | InputRequiredResult;

/** The smallest picture and sound that the suite takes. */
const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const SOUND = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

const textPart = (content: string) => ({ type: "text" as const, text: content });
const image = { type: "image" as const, data: PICTURE, mimeType: "image/png" };
const resource = (uri: string, mimeType: string, content: string) => ({
  type: "resource" as const,
  resource: { uri, mimeType, text: content },
});

/** The tools that the suite calls by name. */
const TOOLS: Readonly<Record<string, (context: ServerContext) => Answer | Promise<Answer>>> = {
  test_simple_text: () => ({ content: [textPart("This is a simple text response for testing.")] }),
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [{ type: "audio", data: SOUND, mimeType: "audio/wav" }] }),
  test_embedded_resource: () => ({
    content: [resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
  }),
  test_multiple_content_types: () => ({
    content: [
      textPart("Multiple content types test:"),
      image,
      resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
  }),
  test_error_handling() {
    throw new Error("This tool intentionally returns an error for testing");
  },
  async test_tool_with_progress({ mcpReq }) {
    const { progressToken } = mcpReq._meta ?? {};
    for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
      await mcpReq.notify({
        method: "notifications/progress",
        params: { progressToken: progressToken ?? 0, progress, total: 100 },
      });
    }
    return { content: [textPart("done")] };
  },
  test_input_required_result_elicitation({ mcpReq }) {
    const given = acceptedContent(mcpReq.inputResponses, "user_name", z.object({ name: z.string() }));
    if (given) return { content: [textPart(`Hello, ${given.name}!`)] };
    return inputRequired({
      inputRequests: {
        user_name: inputRequired.elicit({
          message: "What is your name?",
          requestedSchema: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
        }),
      },
    });
  },
};

/** Starts a server on loopback, all of whose tools need a token of the manager. */
export async function startConformanceServer(manager: TokenManager): Promise<ConformanceServer> {
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: "conformance", version: "1.0.0" });
    for (const [name, answer] of Object.entries(TOOLS)) {
      const tool = requireToken(server, manager, (_token, context: ServerContext) => answer(context));
      server.registerTool(name, { description: `Answers as the scenario of ${name} expects.` }, tool);
    }
    registerSessionTools(server, manager);
    return server;
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "GET", headers, url } = request;
    const asked = new Request(new URL(url ?? "/", `http://${headers.host}`), {
      method,
      headers: headers as Record<string, string>,
      body: method === "POST" ? await text(request) : null,
    });
    const answer =
      hostHeaderValidationResponse(asked, localhostAllowedHostnames()) ??
      originValidationResponse(asked, localhostAllowedOrigins()) ??
      (await handler.fetch(asked));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  };
  const listener = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/mcp`,
    async [Symbol.asyncDispose]() {
      await handler.close();
      listener.closeAllConnections();
      listener.close();
    },
  };
}
