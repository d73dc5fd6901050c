import type { Model, Provider } from "@tokenflow/core";
import { chooseDialect, type Dialect, dialectOfPath } from "@tokenflow/dialects";
import { RequestError } from "../answers/request-error.ts";
import type { Route } from "./route.ts";
import { requireUpstreamPath, servedPathOf } from "./upstream.ts";

/** The dialects of a call whose own path does not serve the model. */
export interface Target {
  /** The caller's dialect. */
  readonly from: Dialect;
  /** The dialect that serves the model. */
  readonly to: Dialect;
  /** The most tokens of an answer, if the catalog tells. */
  readonly maxOutput: number | undefined;
  /** False if the model may refuse to be asked to think. */
  readonly reasons: boolean;
}

/** The paths below `/v1` of the dialects. */
export const DIALECT_PATHS: Readonly<Record<Dialect, string>> = {
  chat: "/chat/completions",
  responses: "/responses",
  messages: "/messages",
};

const COUNT = /\/count_tokens$/;

/**
 * Finds the dialect to translate a call to. Returns `undefined` if its own path serves the model, or if nobody knows.
 * @param translates false if calls are not translated
 * @throws RequestError 400 that names the right path, if there is no other way
 */
export function findTarget(
  model: Model | undefined,
  provider: Provider,
  route: Route,
  translates: boolean,
): Target | undefined {
  const { endpoints = [], maxOutput } = model ?? {};
  const isListed = endpoints.length > 0;
  const own = route.path.replace(COUNT, "");
  const { paths } = provider.upstream ?? {};
  const served = isListed
    ? endpoints.flatMap((endpoint) => servedPathOf(provider, endpoint) ?? [])
    : Object.keys(paths ?? {});
  const isServed = isListed ? served.includes(own) : paths === undefined || Object.hasOwn(paths, route.path);
  if (isServed && (paths === undefined || Object.hasOwn(paths, route.path))) return undefined;
  const from = translates ? dialectOfPath(own) : undefined;
  const to = from && chooseTarget(from, served, isListed);
  // Every model of Messages can think; of the others only those of which the catalog says so.
  if (from && to) return { from, to, maxOutput, reasons: to === "messages" || model?.reasoning === true };
  if (isListed) throw wrongPath(model?.id ?? "", endpoints, served, provider, route);
  return undefined;
}

/** Without a word of the catalog Chat Completions is the one that such services are made for. */
function chooseTarget(from: Dialect, served: readonly string[], isListed: boolean): Dialect | undefined {
  // Only the path that counts is missing.
  if (served.includes(DIALECT_PATHS[from])) return from;
  const chat = DIALECT_PATHS.chat;
  return chooseDialect(from, !isListed && served.includes(chat) ? [chat] : served);
}

/** Names the right path in place of the upstream's own error. */
function wrongPath(
  id: string,
  endpoints: readonly string[],
  paths: readonly string[],
  provider: Provider,
  route: Route,
): RequestError {
  // An upstream that has no such path says so itself.
  requireUpstreamPath(provider, route.path);
  const prefix = route.named ? `/${provider.id}/v1` : "/v1";
  const alternatives = paths.map((path) => `POST ${prefix}${path}`).join(" or ");
  return new RequestError(
    "request.wrong_path",
    paths.length === 0
      ? `${provider.name} serves ${id} only at ${endpoints.join(", ")}, which this proxy does not forward. Choose another model.`
      : `${provider.name} does not serve ${id} at ${prefix}${route.path}. Send it to ${alternatives}.`,
  );
}
