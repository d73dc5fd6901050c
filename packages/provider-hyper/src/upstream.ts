import { type Model, type Token, TokenFlowError, type Upstream } from "@tokenflow/core";
import type { HttpAnswer } from "@tokenflow/core/provider";
import type { HyperApi } from "./address.ts";
import { hyperError } from "./hyper-error.ts";
import { readCredits, readModels } from "./wire.ts";

/** The paths that Hyper is known to serve, besides credits and the model catalogue. */
const PATHS: Readonly<Record<string, string>> = {
  "/models": "/models",
  "/chat/completions": "/chat/completions",
  "/messages": "/messages",
};

/** Describes Hyper's OpenAI-compatible API with all that a proxy asks of it. Tokens and API keys go nowhere else. */
export function createHyperUpstream(api: HyperApi, headers: Readonly<Record<string, string>>): Upstream {
  const { baseUrl } = api;
  let catalogue: { readonly etag: string; readonly models: readonly Model[] } | undefined;

  return {
    ...api,
    isTokenRejected: ({ status }) => status === 401,
    paths: PATHS,

    /** The catalogue depends on the account. For another account's `ETag` the service sends the whole catalogue. */
    async models(token: Token, { http, signal }) {
      const known = catalogue;
      const answer = await http({
        method: "GET",
        url: `${baseUrl}/provider`,
        headers: {
          ...headers,
          authorization: token.authorization,
          ...(known ? { "if-none-match": known.etag } : {}),
        },
        signal,
      });
      if (answer.status === 304 && known) return known.models;
      catalogue = undefined;
      const models = readModels(answer);
      if (!models) throw hyperError(answer);
      const etag = answer.headers.get("etag");
      if (etag) catalogue = { etag, models };
      return models;
    },

    async usage({ token }, { http, signal }) {
      if (!token)
        throw new TokenFlowError("session.signed_out", "An access token is required to read Hyper credits");
      const answer: HttpAnswer = await http({
        method: "GET",
        url: `${baseUrl}/credits`,
        headers: { ...headers, authorization: token.authorization },
        signal,
      });
      const credits = readCredits(answer);
      if (!credits) throw hyperError(answer);
      return { quotas: [credits] };
    },
  };
}
