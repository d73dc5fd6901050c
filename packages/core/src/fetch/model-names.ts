import type { Clock } from "../base/clock.ts";
import type { Model, Upstream } from "../contracts/upstream.ts";
import type { Http } from "../http/create-http.ts";
import { findModel } from "../repair/find-model.ts";
import type { Token } from "../token/token.ts";

/** Finds a model by any of its names; `undefined` if the catalog has none, or cannot be read. */
export type FindModel = (name: string, token: Token) => Promise<Model | undefined>;

interface Tools {
  readonly http: Http;
  readonly clock: Clock;
}

/** How long a catalog is used, in milliseconds. So a wrong name asks for it no more often. */
const TTL = 600_000;

/** Creates the function that asks for the catalog of a token's address, when a model is first looked for. */
export function createFindModel(upstream: Upstream, { http, clock }: Tools): FindModel {
  const catalogs = new Map<string, { readonly models: Promise<readonly Model[]>; readonly until: number }>();
  const read = async (token: Token): Promise<readonly Model[]> =>
    (await upstream.models?.(token, { http, clock })) ?? [];

  return async (name, token) => {
    const address = upstream.address(token);
    const known = catalogs.get(address);
    const isKnown = known && known.until > clock.monotonicNow();
    const models = isKnown
      ? known.models
      : read(token).catch(() => {
          catalogs.delete(address);
          return [];
        });
    if (!isKnown) catalogs.set(address, { models, until: clock.monotonicNow() + TTL });
    return findModel(name, await models);
  };
}
