import type { HeaderList } from "@tokenflow/conformance/server";
import { isJsonObject, type JsonObject } from "@tokenflow/conformance/server";
import { hasImage, type ModelCall } from "../models/model-call.ts";
import { isGithubToken } from "../server/credentials.ts";
import type { ServiceRequest } from "../server/service.ts";
import type { Settings } from "../server/settings.ts";
import { type CopilotModel, copilotModels } from "./copilot-models.ts";
import { findExtraMember, findThoughtFault, hasWebSearch, unknownBetas } from "./messages-rules.ts";
import { unseal } from "./opaque.ts";

/** Why a model call is refused: plain text, or an error with a code. */
export interface CallRefusal {
  readonly status: 400 | 429;
  readonly message: string;
  readonly code?: string | undefined;
  readonly more?: JsonObject | undefined;
  readonly headers?: HeaderList | undefined;
}

export interface AdmittedCall {
  readonly call: ModelCall;
  readonly model: CopilotModel;
}

/** Checks a call in the order of the service: editor, model, path, rate, body. */
export function admitCall(
  call: ModelCall | undefined,
  path: string,
  { headers, credential }: Pick<ServiceRequest, "headers" | "credential">,
  settings: Settings,
): AdmittedCall | CallRefusal {
  const isDirect = credential !== undefined && isGithubToken(credential.token);
  const editor = isDirect ? undefined : refuseEditor(headers, settings);
  if (editor !== undefined) return { status: 400, message: editor };
  if (!call) return invalid("The request body is not valid.");
  const model = copilotModels(settings).find(({ entry }) => entry.id === call.model);
  if (!model) {
    return {
      ...invalid("The requested model is not supported.", "model_not_supported"),
      more: { param: "model", type: "invalid_request_error" },
    };
  }
  const wanted = path.replace(/\/count_tokens$/, "");
  if (!model.endpoints.includes(wanted)) {
    return invalid(
      `model "${call.model}" is not accessible via the ${wanted} endpoint`,
      "unsupported_api_for_model",
    );
  }
  const limit = settings.rateLimits[call.model] ?? settings.rateLimits["*"];
  if (limit !== undefined) {
    return {
      status: 429,
      code: limit,
      message: "Sorry, you have exceeded your rate limit. Please wait, or switch to a different model.",
      headers: { "retry-after": "20" },
    };
  }
  if (hasImage(call.body) && headers["copilot-vision-request"] !== "true") {
    return {
      status: 400,
      message: "bad request: missing required Copilot-Vision-Request header for vision requests",
    };
  }
  return (
    refuseBody(call, wanted, model, String(headers["anthropic-beta"] ?? ""), settings) ?? { call, model }
  );
}

function refuseBody(
  { body, model: name }: ModelCall,
  path: string,
  { vendor, reasons }: CopilotModel,
  betas: string,
  settings: Settings,
): CallRefusal | undefined {
  if (path !== "/embeddings") {
    const input = body["messages"] ?? body["input"];
    if (input === undefined || (Array.isArray(input) && input.length === 0)) {
      return invalid("messages must not be empty");
    }
  }
  if (path === "/chat/completions") {
    if (reasons && body["max_tokens"] !== undefined) {
      return invalid(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      );
    }
    if (vendor === "Anthropic" && body["reasoning_effort"] !== undefined) {
      return invalid(
        `reasoning_effort was provided, but model ${name} does not support it`,
        "invalid_reasoning_effort",
      );
    }
  }
  if (path === "/v1/messages") {
    const unknown = unknownBetas(betas, settings.acceptedBetas);
    if (unknown.length > 0) return invalid(`unsupported beta header(s): ${unknown.join(", ")}`);
    if (hasWebSearch(body)) {
      return invalid("The use of the web search tool is not supported.", "unsupported_value");
    }
    const thought = findThoughtFault(body);
    if (thought !== undefined) return invalid(thought);
    const member = settings.refuseExtraMembers ? findExtraMember(body) : undefined;
    if (member !== undefined) return invalid(`${member}: Extra inputs are not permitted`);
  }
  if (path !== "/responses") return undefined;
  const { reasoning } = body;
  if (!reasons && isJsonObject(reasoning) && reasoning["effort"] !== undefined) {
    return invalid("Unsupported parameter: 'reasoning.effort' is not supported with this model.");
  }
  return refuseReplay(body["input"]);
}

/** Refuses a thought that comes back with an id that is not its own. */
function refuseReplay(input: unknown): CallRefusal | undefined {
  if (!Array.isArray(input)) return undefined;
  const isStrange = input.some((item: unknown) => {
    if (!isJsonObject(item) || item["type"] !== "reasoning") return false;
    const { id, encrypted_content: content } = item;
    if (typeof content !== "string") return false;
    // What was not sealed here cannot be decrypted.
    return typeof id === "string" ? unseal(id) !== unseal(content) : unseal(content) === content;
  });
  if (!isStrange) return undefined;
  return invalid(
    "The encrypted content could not be verified. Reason: Encrypted content item_id did not match the target item id.",
    "invalid_encrypted_content",
  );
}

/** Refuses requests without an editor, since exchanged tokens are bound to one. */
function refuseEditor(
  headers: ServiceRequest["headers"],
  { unknownEditors, integrationRequired }: Settings,
): string | undefined {
  if (integrationRequired && !headers["copilot-integration-id"]) {
    return "bad request: missing required Copilot-Integration-Id header";
  }
  const editor = String(headers["editor-version"] ?? "");
  if (editor === "") return "bad request: missing Editor-Version header for IDE auth";
  const known = unknownEditors ? /^[^/\s]+\/\S+$/ : /^(?:vscode|JetBrains-\w+|Neovim|Xcode|vs)\/\S+$/;
  return known.test(editor) ? undefined : "bad request: unknown Editor-Version header for IDE auth";
}

function invalid(message: string, code = "invalid_request_body"): CallRefusal {
  return { status: 400, message, code };
}
