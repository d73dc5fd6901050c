import { type Provider, TokenFlowError, type Upstream } from "@tokenflow/core";
import { RequestError } from "../answers/request-error.ts";

/** @throws `provider.misconfigured` for a provider whose tokens open no API that we know */
export function requireUpstream({ id, upstream }: Provider): Upstream {
  if (upstream) return upstream;
  throw new TokenFlowError("provider.misconfigured", `${id} has no upstream to pass requests to`, {
    hint: "Give its provider one.",
  });
}

/**
 * Where an upstream serves one of the usual paths, below its own address.
 * @throws RequestError 400 where it has nothing of the kind
 */
export function requireUpstreamPath({ name, upstream }: Provider, path: string): string {
  const { paths } = upstream ?? {};
  if (!paths) return path;
  const own = Object.hasOwn(paths, path) ? paths[path] : undefined;
  if (own !== undefined) return own;
  const served = Object.keys(paths).map((one) => `/v1${one}`);
  throw new RequestError("request.wrong_path", `${name} has no /v1${path}. It has ${served.join(", ")}.`);
}

/** Under which of our paths an upstream's own path is reached; `undefined` where it is not. */
export function servedPathOf({ upstream }: Provider, own: string): string | undefined {
  const { paths } = upstream ?? {};
  if (!paths) return own.startsWith("/") ? own : undefined;
  return Object.entries(paths).find(([, place]) => place === own)?.[0];
}
