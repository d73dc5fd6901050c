import { randomUUID } from "node:crypto";
import type { HeaderList, JsonObject, Reply } from "@tokenflow/conformance/server";
import { answerChat } from "../models/chat-completions.ts";
import { answerEmbeddings } from "../models/embeddings.ts";
import { answerMessages } from "../models/messages.ts";
import { readModelCall } from "../models/model-call.ts";
import { answerResponses } from "../models/responses.ts";
import type { Kind } from "../server/journal.ts";
import { type Route, route, type Service, type ServiceRequest, type World } from "../server/service.ts";
import { admit } from "./admission.ts";
import { type AdmittedCall, admitCall } from "./call-refusals.ts";
import { copilotModels } from "./copilot-models.ts";
import type { CopilotTokens } from "./copilot-tokens.ts";
import { createCopilotUsage } from "./credits.ts";
import type { GithubTokens } from "./github-tokens.ts";
import { createCopilotWire, seal } from "./opaque.ts";
import { createPromptCache } from "./prompt-cache.ts";

interface CopilotOptions {
  readonly world: World;
  readonly tokens: CopilotTokens;
  /** In direct mode these open the API too. */
  readonly githubTokens: GithubTokens;
}

interface Answering extends AdmittedCall {
  readonly request: ServiceRequest;
  readonly headers: HeaderList;
  /** The members of the answer that tell its cost. */
  readonly billed: JsonObject;
}

/** Simulates the Copilot API, with its own ways beside those of OpenAI and Anthropic. */
export function createCopilot({ world, tokens, githubTokens }: CopilotOptions): Service {
  const { settings } = world;
  const cache = createPromptCache();

  const modelCall = (
    path: string,
    kind: Kind,
    handle: (answering: Answering, reply: Reply) => Promise<void>,
  ): Route =>
    route(`POST ${path}`, kind, (request, reply) => {
      const admitted = admitCall(readModelCall(request, world), path, request, settings);
      if ("status" in admitted) {
        const { status, message, code, more, headers } = admitted;
        request.entry.outcome = code ?? "bad_request";
        if (code === undefined) return reply.text(status, `${message}\n`);
        return reply.json(status, { error: { message, code, ...more } }, headers);
      }
      request.entry.outcome = "answered";
      const { model } = admitted;
      const admission = admit(request, { settings, tokens, githubTokens });
      const login = "login" in admission ? admission.login : "";
      const cachedTokens = Math.floor(
        cache.read(
          { login, model: model.entry.id, interactionId: request.headers["x-interaction-id"] },
          request.text,
        ) / 4,
      );
      request.entry.cachedTokens = cachedTokens;
      const call = { ...admitted.call, cachedTokens };
      const billed = createCopilotUsage(call, model.price);
      request.entry.nanoAiu = billed.copilot_usage.total_nano_aiu;
      return handle({ call, model, request, billed, headers: answerHeaders(request) }, reply);
    });

  return {
    name: "copilot",
    routes: [
      route("GET /models", "models", (request, reply) =>
        reply.json(
          200,
          { data: copilotModels(settings).map(({ entry }) => entry), object: "list" },
          {
            ...answerHeaders(request),
            "cache-control": "private, max-age=21600",
          },
        ),
      ),
      modelCall("/chat/completions", "chat", ({ call, model, headers, billed }, reply) => {
        const isClaude = model.vendor === "Anthropic";
        return answerChat(call, reply, {
          settings,
          headers,
          billed,
          filterResults: !isClaude,
          omit: isClaude ? ["object"] : ["object", "created"],
          opaqueThought: isClaude ? seal("thought") : undefined,
        });
      }),
      modelCall("/responses", "responses", ({ call, model, request, headers, billed }, reply) =>
        answerResponses(call, reply, {
          settings,
          headers,
          billed,
          wire: createCopilotWire(settings, request.headers["copilot-integration-id"]),
          reasons: model.reasons,
        }),
      ),
      modelCall("/v1/messages", "messages", ({ call, headers, billed }, reply) =>
        answerMessages(call, reply, { settings, headers, billed }),
      ),
      modelCall("/v1/messages/count_tokens", "count_tokens", ({ call, headers }, reply) =>
        reply.json(200, { input_tokens: call.promptTokens }, headers),
      ),
      modelCall("/embeddings", "embeddings", ({ call, headers, billed }, reply) =>
        answerEmbeddings(call, reply, { headers, billed, bare: settings.embeddingsAsFloats }),
      ),
    ],
    async admit(request, reply) {
      const admission = admit(request, { settings, tokens, githubTokens });
      if ("login" in admission) return true;
      request.entry.outcome = admission.outcome;
      await reply.text(admission.status, `${admission.sentence}\n`);
      return false;
    },
    notFound: (_request, reply) => reply.text(404, "404 page not found\n"),
  };
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
