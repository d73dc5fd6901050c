import { type Provider, TokenFlowError, type Upstream } from "@tokenflow/core";
import { RequestError } from "../answers/request-error.ts";

/** @throws `provider.misconfigured` for a provider without an upstream */
export function requireUpstream({ id, upstream }: Provider): Upstream {
  if (upstream) return upstream;
  throw new TokenFlowError("provider.misconfigured", `Provider ${id} has no upstream`, {
    hint: "Set `upstream` in the provider.",
  });
}

/**
 * Returns the upstream's own path for one of the known paths.
 * @throws RequestError 400 if the upstream does not serve it
 */
export function requireUpstreamPath({ name, upstream }: Provider, path: string): string {
  const { paths } = upstream ?? {};
  if (!paths) return path;
  const own = Object.hasOwn(paths, path) ? paths[path] : undefined;
  if (own !== undefined) return own;
  const served = Object.keys(paths).map((one) => `/v1${one}`);
  throw new RequestError(
    "request.wrong_path",
    `${name} does not serve /v1${path}. It serves ${served.join(", ")}.`,
  );
}

/** Returns the proxy's path for an upstream's own path, or `undefined` if it has none. */
export function servedPathOf({ upstream }: Provider, own: string): string | undefined {
  const { paths } = upstream ?? {};
  if (!paths) return own.startsWith("/") ? own : undefined;
  return Object.entries(paths).find(([, upstreamPath]) => upstreamPath === own)?.[0];
}
