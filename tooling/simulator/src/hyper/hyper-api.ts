import { createHash } from "node:crypto";
import type { JsonObject, Reply } from "@tokenflow/conformance/server";
import { answerChat } from "../models/chat-completions.ts";
import { answerMessages } from "../models/messages.ts";
import { type ModelCall, readModelCall } from "../models/model-call.ts";
import type { Kind } from "../server/journal.ts";
import { type Route, route, type ServiceRequest, type World } from "../server/service.ts";
import type { HyperFamilies } from "./hyper-families.ts";

const CATALOGUE: readonly JsonObject[] = [
  model("kimi-k2.5", "Kimi K2.5", 262_144),
  model("deepseek-v3.2", "DeepSeek V3.2", 163_840),
];
/** The price of one call, in hypercredits. */
const PRICE = 0.01;

/** Returns the routes that tokens and API keys open: credits, catalogue and models. */
export function createHyperApi(world: World, families: HyperFamilies): readonly Route[] {
  const { settings, addresses } = world;

  /** Returns why the credential is refused, or `undefined`. */
  const refusal = ({ credential }: ServiceRequest): string | undefined => {
    if (credential?.scheme !== "bearer") return "missing authorization";
    if (settings.hyperApiKeys.includes(credential.token)) return undefined;
    const token = families.find(credential.token);
    if (token === "expired") return "invalid token: token has invalid claims: token is expired";
    return token ? undefined : "authentication failed";
  };
  const guarded = (route: Route): Route => ({
    ...route,
    handle(request, reply) {
      const refused = refusal(request);
      request.entry.outcome = refused ?? "answered";
      return refused === undefined ? route.handle(request, reply) : reply.json(401, { error: refused });
    },
  });
  const modelCall = (
    path: string,
    kind: Kind,
    handle: (call: ModelCall, reply: Reply) => Promise<void>,
  ): Route =>
    guarded(
      route(`POST ${path}`, kind, (request, reply) => {
        const call = readModelCall(request, world);
        if (!call) return reply.json(400, openAiError("invalid request body", "invalid_request_error", null));
        if (!CATALOGUE.some(({ id }) => id === call.model)) {
          return reply.json(
            404,
            openAiError(`model ${call.model} not found`, "invalid_request_error", "model_not_found"),
          );
        }
        if (settings.hyperBalance <= 0) {
          return reply.json(
            402,
            openAiError("insufficient credits", "billing_error", "insufficient_credits"),
          );
        }
        settings.hyperBalance = Math.max(0, Math.round((settings.hyperBalance - PRICE) * 100) / 100);
        return handle(call, reply);
      }),
    );
  const catalogue = (path: string): Route =>
    route(`GET ${path}`, "catalogue", (request, reply) => {
      const refused = request.credential ? refusal(request) : undefined;
      if (refused !== undefined) return reply.json(401, { error: refused });
      const provider = {
        name: "Charm Hyper",
        id: "hyper",
        api_endpoint: `${addresses.hyper}/v1`,
        type: "openai-compat",
        default_large_model_id: "kimi-k2.5",
        default_small_model_id: "deepseek-v3.2",
        models: CATALOGUE,
      };
      const etag = `"${createHash("sha256").update(JSON.stringify(provider)).digest("hex").slice(0, 16)}"`;
      if (request.headers["if-none-match"] === etag) return reply.empty(304, { etag });
      return reply.json(200, provider, { etag });
    });

  return [
    guarded(
      route("GET /v1/credits", "credits", (_request, reply) =>
        reply.json(
          200,
          settings.hyperShowsDollars
            ? { balance_usd: settings.hyperBalance * 0.05 }
            : { balance: settings.hyperBalance },
        ),
      ),
    ),
    route("GET /v1/models", "models", (_request, reply) =>
      reply.json(200, {
        object: "list",
        data: CATALOGUE.map(({ id }) => ({
          id,
          object: "model",
          created: 1_735_689_600,
          owned_by: "hyper",
        })),
      }),
    ),
    modelCall("/v1/chat/completions", "chat", (call, reply) =>
      answerChat(call, reply, {
        settings,
        usage: { remaining: { hypercredits: settings.hyperBalance } },
      }),
    ),
    modelCall("/v1/messages", "messages", (call, reply) => answerMessages(call, reply, { settings })),
    catalogue("/api/v1/provider"),
    catalogue("/v1/provider"),
  ];
}

function openAiError(message: string, type: string, code: string | null): JsonObject {
  return { error: { message, type, code } };
}

function model(id: string, name: string, context: number): JsonObject & { readonly id: string } {
  return {
    id,
    name,
    cost_per_1m_in: 0.6,
    cost_per_1m_out: 2.5,
    cost_per_1m_in_cached: 0.1,
    cost_per_1m_out_cached: 0,
    context_window: context,
    default_max_tokens: 32_768,
    can_reason: true,
    reasoning_levels: ["low", "medium", "high"],
    default_reasoning_effort: "medium",
    supports_attachments: false,
  };
}
