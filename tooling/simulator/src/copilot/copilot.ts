import { randomUUID } from "node:crypto";
import { answerChat } from "../models/chat-completions.ts";
import { answerEmbeddings } from "../models/embeddings.ts";
import { answerMessages } from "../models/messages.ts";
import { hasImage, type ModelCall, readModelCall } from "../models/model-call.ts";
import { answerResponses } from "../models/responses.ts";
import type { Kind } from "../server/journal.ts";
import type { JsonObject } from "../server/json.ts";
import type { HeaderList, Reply } from "../server/reply.ts";
import { type Route, route, type Service, type ServiceRequest, type World } from "../server/service.ts";
import { copilotModels } from "./copilot-models.ts";
import type { CopilotTokens } from "./copilot-tokens.ts";

interface CopilotOptions {
  readonly world: World;
  readonly tokens: CopilotTokens;
}

/** Simulates the Copilot API. It accepts exchanged tokens only, and only from editors. */
export function createCopilot({ world, tokens }: CopilotOptions): Service {
  const { settings } = world;

  const modelCall = (
    path: string,
    kind: Kind,
    handle: (call: ModelCall, reply: Reply, headers: HeaderList) => Promise<void>,
  ): Route =>
    route(`POST ${path}`, kind, (request, reply) => {
      const call = readModelCall(request, world);
      const refusal = refuseEditor(request) ?? refuseCall(call, path, request);
      if (typeof refusal === "string") {
        request.entry.outcome = "bad_request";
        return reply.text(400, `${refusal}\n`);
      }
      if (refusal || !call) {
        request.entry.outcome = refusal?.code;
        return reply.json(400, { error: refusal });
      }
      request.entry.outcome = "answered";
      return handle(call, reply, answerHeaders(request));
    });

  return {
    name: "copilot",
    routes: [
      route("GET /models", "models", (request, reply) =>
        reply.json(
          200,
          { data: copilotModels, object: "list" },
          {
            ...answerHeaders(request),
            "cache-control": "private, max-age=21600",
          },
        ),
      ),
      modelCall("/chat/completions", "chat", (call, reply, headers) =>
        answerChat(call, reply, { settings, headers, filterResults: true }),
      ),
      modelCall("/responses", "responses", (call, reply, headers) =>
        answerResponses(call, reply, { settings, headers }),
      ),
      modelCall("/v1/messages", "messages", (call, reply, headers) =>
        answerMessages(call, reply, { settings, headers }),
      ),
      modelCall("/v1/messages/count_tokens", "count_tokens", (call, reply, headers) =>
        reply.json(200, { input_tokens: call.promptTokens }, headers),
      ),
      modelCall("/embeddings", "embeddings", answerEmbeddings),
    ],
    async admit({ credential, entry }, reply) {
      if (credential?.scheme === "bearer" && tokens.find(credential.token) !== undefined) return true;
      const expired = credential !== undefined && tokens.knows(credential.token);
      entry.outcome = expired ? "token_expired" : "unauthorized";
      await reply.text(
        401,
        expired
          ? "unauthorized: token expired\n"
          : credential
            ? "unauthorized: unauthorized: AuthenticateToken authentication failed\n"
            : "bad request: Authorization header is badly formatted\n",
      );
      return false;
    },
    notFound: (_request, reply) => reply.text(404, "404 page not found\n"),
  };
}

/** Refuses requests without an editor, since exchanged tokens are bound to one. */
function refuseEditor({ headers }: ServiceRequest): string | undefined {
  const editor = headers["editor-version"];
  if (editor === undefined || editor === "") return "bad request: missing Editor-Version header for IDE auth";
  if (!/^[^/\s]+\/\S+$/.test(String(editor)))
    return "bad request: unknown Editor-Version header for IDE auth";
  return undefined;
}

interface CallRefusal extends JsonObject {
  readonly message: string;
  readonly code: string;
}

function refuseCall(
  call: ModelCall | undefined,
  path: string,
  { headers }: ServiceRequest,
): string | CallRefusal | undefined {
  if (!call) return { message: "The request body is not valid.", code: "invalid_request_body" };
  const model = copilotModels.find(({ id }) => id === call.model);
  if (!model) {
    return {
      message: "The requested model is not supported.",
      code: "model_not_supported",
      param: "model",
      type: "invalid_request_error",
    };
  }
  const wanted = path.replace(/\/count_tokens$/, "");
  const supported = model.supported_endpoints ?? ["/embeddings"];
  if (!supported.includes(wanted)) {
    return {
      message: `model "${call.model}" is not accessible via the ${wanted} endpoint`,
      code: "unsupported_api_for_model",
    };
  }
  if (wanted !== "/embeddings") {
    const input = call.body["messages"] ?? call.body["input"];
    if (input === undefined || (Array.isArray(input) && input.length === 0)) {
      return { message: "messages must not be empty", code: "invalid_request_body" };
    }
  }
  if (hasImage(call.body) && headers["copilot-vision-request"] !== "true") {
    return "bad request: missing required Copilot-Vision-Request header for vision requests";
  }
  return undefined;
}

function answerHeaders({ headers, now }: ServiceRequest): HeaderList {
  const quota = new URLSearchParams({
    ent: "300",
    ov: "0.0",
    ovPerm: "false",
    rem: "95.6",
    rst: new Date(now + 30 * 86_400_000).toISOString(),
  });
  return {
    "x-request-id": String(headers["x-request-id"] ?? randomUUID()),
    "x-github-request-id": randomUUID(),
    "x-quota-snapshot-premium_interactions": quota.toString(),
  };
}
