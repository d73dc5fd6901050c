import type { Model, TokenManager } from "@tokenflow/core";
import { isJsonObject } from "@tokenflow/core/provider";
import { RequestError } from "../answers/request-error.ts";
import type { ModelCatalogs, Models } from "./model-catalogs.ts";
import { findModel } from "./model-names.ts";
import { replaceModel } from "./replace-model.ts";
import { RequestBody } from "./request-body.ts";
import type { ProxySession, Route } from "./route.ts";
import { findNamed } from "./session-name.ts";
import { requireUpstreamPath, servedPathOf } from "./upstream.ts";

/** A model call, and who answers it. */
export interface ModelCall {
  readonly manager: TokenManager;
  readonly body: RequestBody | undefined;
  /** As it is asked for at the upstream, where the body names one. */
  readonly model: string | undefined;
}

export interface ResolveOptions {
  readonly aliases: ReadonlyMap<string, string>;
  readonly catalogs: ModelCatalogs;
}

/** Who asks, and for what. */
export interface Caller {
  readonly route: Route;
  /** Those that the caller may use. */
  readonly sessions: readonly ProxySession[];
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
}

/**
 * Decides, at once where the catalogue is known, by the model who answers: an alias first, then a provider's prefix, then the catalogue's own name
 * for it. Only the bytes of the model are changed, and only where its name changes; a compressed body is then
 * sent on as plain text.
 * @throws RequestError 400 where the upstream serves the model on another path
 */
export function resolveModel(
  body: RequestBody,
  { route, sessions, signal }: Caller,
  { aliases, catalogs }: ResolveOptions,
): ModelCall | Promise<ModelCall> {
  const { manager: chosen } = route.session;
  const json = body.json();
  const named = isJsonObject(json) ? json["model"] : undefined;
  if (typeof named !== "string") return { manager: chosen, body, model: undefined };

  const wanted = aliases.get(named) ?? named;
  const [manager, asked] = takePrefix(wanted, route, sessions);
  const told = catalogs.modelsOf(manager, signal);
  const decide = (models: Models): ModelCall => {
    const model = models && findModel(asked, models);
    const id = model?.id ?? asked;
    if (model) requireEndpoint(model, manager, route);
    if (id === named || !body.plain) return { manager, body, model: id };
    return { manager, body: new RequestBody(replaceModel(body.plain, id)), model: id };
  };
  return told instanceof Promise ? told.then(decide) : decide(told);
}

/** `hyper/kimi-k2.5` is Hyper's, `copilot@work/gpt-4.1` that account's, unless the path has already named a provider; any other slash is part of the name. */
function takePrefix(
  name: string,
  { session, named }: Route,
  sessions: readonly ProxySession[],
): readonly [TokenManager, string] {
  const slash = name.indexOf("/");
  if (slash === -1) return [session.manager, name];
  const prefix = name.slice(0, slash);
  const meant = findNamed(named ? [session] : sessions, prefix);
  return meant && slash + 1 < name.length ? [meant.manager, name.slice(slash + 1)] : [session.manager, name];
}

/** Where the catalogue says which paths serve a model, the right one is told instead of the upstream's refusal. */
function requireEndpoint({ id, endpoints = [] }: Model, { provider }: TokenManager, route: Route): void {
  if (endpoints.length === 0) return;
  const own = requireUpstreamPath(provider, route.path).replace(/\/count_tokens$/, "");
  if (endpoints.includes(own)) return;
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
