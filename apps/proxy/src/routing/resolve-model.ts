import type { TokenManager } from "@tokenflow/core";
import { findModel } from "@tokenflow/core/provider";
import type { RequestBody } from "../body/request-body.ts";
import { findTarget, type Target } from "./find-target.ts";
import type { ModelCatalogs, Models } from "./model-catalogs.ts";
import type { ProxySession, Route } from "./route.ts";
import { findNamed } from "./session-name.ts";

/** A model call and the session that serves it. */
export interface ModelCall {
  readonly manager: TokenManager;
  readonly body: RequestBody | undefined;
  /** The name that the upstream receives; absent if the body names no model. */
  readonly model: string | undefined;
  /** Set if the path of the call does not serve the model, but another one does. */
  readonly target?: Target | undefined;
}

export interface ResolveOptions {
  readonly aliases: ReadonlyMap<string, string>;
  readonly catalogs: ModelCatalogs;
  /** False if a call that its path does not serve is refused. */
  readonly translates: boolean;
}

/** A caller and the requested route. */
export interface Caller {
  readonly route: Route;
  /** The sessions that the caller may use. */
  readonly sessions: readonly ProxySession[];
  /** Aborts when the caller disconnects. */
  readonly signal: AbortSignal;
}

/**
 * Picks the session for a model: alias, then provider prefix, then the catalog's name for it. Synchronous if the
 * catalog is cached. Only the bytes of the model change, and only if its name changes; a compressed body is then
 * sent uncompressed.
 * @throws RequestError 400 if the upstream serves the model on another path, and the call is not translated
 */
export function resolveModel(
  body: RequestBody,
  { route, sessions, signal }: Caller,
  { aliases, catalogs, translates }: ResolveOptions,
): ModelCall | Promise<ModelCall> {
  const { manager: defaultManager } = route.session;
  const requested = body.outline?.model?.name;
  if (requested === undefined) return { manager: defaultManager, body, model: undefined };

  const name = aliases.get(requested) ?? requested;
  const [manager, unprefixed] = takePrefix(name, route, sessions);
  const catalog = catalogs.modelsOf(manager, signal);
  const resolve = (models: Models): ModelCall | Promise<ModelCall> => {
    const model = models && findModel(unprefixed, models);
    const id = model?.id ?? unprefixed;
    const target = findTarget(model, manager.provider, route, translates);
    const call = { manager, model: id, target };
    if (id === requested) return { ...call, body };
    const renamed = body.withModel(id);
    return renamed instanceof Promise
      ? renamed.then((unpacked) => ({ ...call, body: unpacked }))
      : { ...call, body: renamed };
  };
  return catalog instanceof Promise ? catalog.then(resolve) : resolve(catalog);
}

/**
 * Splits a provider's prefix from a model: `hyper/kimi-k2.5` selects Hyper, `copilot@work/gpt-4.1` one account. If
 * the path has named a session, only that session's prefix counts. Any other slash belongs to the model's name.
 */
function takePrefix(
  name: string,
  { session, named }: Route,
  sessions: readonly ProxySession[],
): readonly [TokenManager, string] {
  const slash = name.indexOf("/");
  if (slash === -1) return [session.manager, name];
  const prefix = name.slice(0, slash);
  const selected = findNamed(named ? [session] : sessions, prefix);
  return selected && slash + 1 < name.length
    ? [selected.manager, name.slice(slash + 1)]
    : [session.manager, name];
}
