import type { Model, Token, Upstream } from "@tokenflow/core";
import { copilotTokenDetails } from "../service/details.ts";
import { grantOf } from "../service/grant.ts";
import type { CopilotHosts } from "../service/hosts.ts";
import type { Identity } from "../service/identity.ts";
import { readModels } from "../wire/models.ts";
import { usage } from "./account.ts";
import { copilotApiError } from "./api-error.ts";
import { isRefusedToken } from "./refusal.ts";
import { turnHeaders } from "./turn-headers.ts";

export interface UpstreamSettings {
  readonly baseUrl: string;
  readonly hostsOf: (host: string | undefined) => CopilotHosts;
  readonly identity: Identity;
}

/** No `/v1` but for Anthropic's messages. */
const PATHS: Readonly<Record<string, string>> = {
  "/models": "/models",
  "/chat/completions": "/chat/completions",
  "/responses": "/responses",
  "/embeddings": "/embeddings",
  "/messages": "/v1/messages",
  "/messages/count_tokens": "/v1/messages/count_tokens",
};

/** The Copilot API: no `/v1` but for Anthropic's messages, its own headers, and a place that the token names. */
export function createCopilotUpstream({ baseUrl, hostsOf, identity }: UpstreamSettings): Upstream {
  const catalogues = new Map<string, { readonly etag: string; readonly models: readonly Model[] }>();

  const address = (token: Token): string => {
    const { host, endpoints } = copilotTokenDetails(token);
    return hostsOf(host).resolveApiUrl(endpoints?.api);
  };

  return {
    baseUrl,
    address,
    headers: (request) => ({ ...identity.model, ...turnHeaders(request) }),
    isTokenRejected: isRefusedToken,
    mayRejectInStream: true,
    paths: PATHS,

    async models(token, { http, signal }) {
      const place = address(token);
      const known = catalogues.get(place);
      const answer = await http({
        method: "GET",
        url: `${place}/models`,
        headers: {
          ...identity.model,
          authorization: token.authorization,
          ...(known ? { "if-none-match": known.etag } : {}),
        },
        signal,
      });
      if (answer.status === 304 && known) return known.models;
      catalogues.delete(place);
      const models = readModels(answer);
      if (!models) throw copilotApiError({ ...answer, body: answer.text });
      const etag = answer.headers.get("etag");
      if (etag) catalogues.set(place, { etag, models });
      return models;
    },

    usage: async (session, call) => {
      const grant = grantOf(session);
      return usage(grant, hostsOf(grant.host), identity, call);
    },
  };
}
