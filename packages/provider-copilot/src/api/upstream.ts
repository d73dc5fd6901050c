import { type Clock, type Model, TokenFlowError, type Upstream } from "@tokenflow/core";
import type { UpstreamAnswer } from "@tokenflow/core/provider";
import { copilotTokenDetails } from "../service/details.ts";
import { grantOf } from "../service/grant.ts";
import { isDirect } from "../service/mode.ts";
import { readApiRefusal } from "../sign-in/app-refusal.ts";
import { wantsOtherScheme } from "../sign-in/scheme.ts";
import { readModels } from "../wire/models.ts";
import { readRefusal } from "../wire/refusal.ts";
import { usage } from "./account.ts";
import { type ApiSettings, type CopilotApi, identityOf } from "./address.ts";
import { copilotApiError, isRejectedToken } from "./api-error.ts";
import { CONVERSATION_HEADERS } from "./interaction-ids.ts";
import { createAnswerRepair } from "./repair-answer.ts";

export interface UpstreamSettings extends ApiSettings {
  readonly api: CopilotApi;
  readonly clock: Pick<Clock, "now">;
}

/** Only the paths of Anthropic's Messages API have a `/v1`. */
const PATHS: Readonly<Record<string, string>> = {
  "/models": "/models",
  "/chat/completions": "/chat/completions",
  "/responses": "/responses",
  "/embeddings": "/embeddings",
  "/messages": "/v1/messages",
  "/messages/count_tokens": "/v1/messages/count_tokens",
};

/** Describes the Copilot API with all that a proxy asks of it. */
export function createCopilotUpstream(settings: UpstreamSettings): Upstream {
  const { api, mode, hostsOf, identity, clock } = settings;
  const catalogues = new Map<string, { readonly etag: string; readonly models: readonly Model[] }>();

  /** Returns true if another token, or the same one in another way, may do: see `redeemByMode`. */
  const isTokenRejected = (answer: UpstreamAnswer): boolean => {
    const { token } = answer;
    if (isRejectedToken(answer) || !token) return isRejectedToken(answer);
    if (isDirect(token)) return wantsOtherScheme(answer);
    const { host } = copilotTokenDetails(token);
    return mode === "auto" && hostsOf(host).mayGoDirect && readApiRefusal(answer) !== undefined;
  };

  return {
    ...api,
    replaces: CONVERSATION_HEADERS,
    isTokenRejected,
    readRefusal,
    mayRejectInStream: true,
    paths: PATHS,
    repairAnswer: createAnswerRepair(clock),

    async models(token, { http, signal }) {
      const base = api.address(token);
      const known = catalogues.get(base);
      const answer = await http({
        method: "GET",
        url: `${base}/models`,
        headers: {
          ...identityOf(token, settings),
          authorization: token.authorization,
          ...(known ? { "if-none-match": known.etag } : {}),
        },
        signal,
      });
      if (answer.status === 304 && known) return known.models;
      catalogues.delete(base);
      const models = readModels(answer);
      if (!models) {
        const refused = { ...answer, body: answer.text, token };
        const error = copilotApiError(refused, clock.now());
        if (error.code === "token.rejected" || !isTokenRejected(refused)) throw error;
        // The message leaves out long words, among them names of headers. The reason tells what was refused.
        const { message, status, hint } = error;
        throw new TokenFlowError("token.rejected", message, {
          status,
          hint,
          reason: readApiRefusal(refused),
        });
      }
      const etag = answer.headers.get("etag");
      if (etag) catalogues.set(base, { etag, models });
      return models;
    },

    usage: async (session, call) => {
      const grant = grantOf(session);
      return usage(grant, hostsOf(grant.host), identity, call);
    },
  };
}
