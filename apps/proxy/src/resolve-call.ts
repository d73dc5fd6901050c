import type { Model, TokenManager } from "@tokenflow/core";
import { findCatalogueModel } from "./catalogue-model.ts";
import type { Catalogues } from "./catalogues.ts";
import { findModel, replaceModel } from "./find-model.ts";
import { RequestError } from "./request-error.ts";
import type { ProxySession, Route } from "./route.ts";
import { findNamed } from "./session-name.ts";
import { requireUpstreamPath, servedPathOf } from "./upstream-path.ts";

/** What is known of a request's body. */
export interface Body {
  /** As it is sent on. */
  readonly bytes: Buffer;
  /** Decompressed, where that could be done. */
  readonly plain: Buffer | undefined;
}

/** A model call, and who answers it. */
export interface Call {
  readonly manager: TokenManager;
  readonly body: Body;
  /** As it is asked for at the upstream, where the body names one. */
  readonly model: string | undefined;
}

export interface ResolveOptions {
  readonly sessions: readonly ProxySession[];
  readonly aliases: ReadonlyMap<string, string>;
  readonly catalogues: Catalogues;
  readonly signal: AbortSignal;
}

/**
 * Decides by the model who answers: an alias first, then a provider's prefix, then the catalogue's own name
 * for it. Only the bytes of the model are changed, and only where its name changes; a compressed body is then
 * sent on as plain text.
 * @throws RequestError 400 where the upstream serves the model on another path
 */
export async function resolveCall(
  route: Route,
  body: Body,
  { sessions, aliases, catalogues, signal }: ResolveOptions,
): Promise<Call> {
  const { manager: chosen } = route.session;
  const found = body.plain && findModel(body.plain);
  if (!found || !body.plain) return { manager: chosen, body, model: undefined };

  const wanted = aliases.get(found.id) ?? found.id;
  const [manager, asked] = takePrefix(wanted, route, sessions);
  const models = await catalogues.modelsOf(manager, signal);
  const model = models && findCatalogueModel(asked, models);
  const id = model?.id ?? asked;
  if (model) requireEndpoint(model, manager, route);
  if (id === found.id) return { manager, body, model: id };
  const plain = replaceModel(body.plain, found, id);
  return { manager, body: { bytes: plain, plain }, model: id };
}

/** `hyper/kimi-k2.5` is Hyper's, `copilot@work/gpt-4.1` that account's, unless the path has already named a provider; any other slash is part of the name. */
function takePrefix(
  name: string,
  { session, named }: Route,
  sessions: readonly ProxySession[],
): readonly [TokenManager, string] {
  const slash = name.indexOf("/");
  const prefix = name.slice(0, Math.max(0, slash));
  const meant = findNamed(named ? [session] : sessions, prefix);
  return meant && slash + 1 < name.length ? [meant.manager, name.slice(slash + 1)] : [session.manager, name];
}

/** Where the catalogue says which paths serve a model, the right one is told instead of the upstream's refusal. */
function requireEndpoint({ id, endpoints = [] }: Model, { provider }: TokenManager, route: Route): void {
  const own = requireUpstreamPath(provider, route.path).replace(/\/count_tokens$/, "");
  if (endpoints.length === 0 || endpoints.includes(own)) return;
  const prefix = route.named ? `/${provider.id}/v1` : "/v1";
  const paths = endpoints.flatMap((endpoint) => servedPathOf(provider, endpoint) ?? []);
  const places = paths.map((path) => `POST ${prefix}${path}`).join(" or ");
  throw new RequestError(
    "request.wrong_path",
    paths.length === 0
      ? `${provider.name} serves ${id} at ${endpoints.join(", ")} only, which does not pass through here. Choose another model.`
      : `${provider.name} does not serve ${id} at ${prefix}${route.path}. Send it to ${places}.`,
  );
}
