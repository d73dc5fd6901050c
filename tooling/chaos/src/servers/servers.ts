import type { GrantReplay } from "@tokenflow/core/provider";
import { type ChaosServer, startServer } from "./chaos-server.ts";
import { startCertifiedServer } from "./oidc-server.ts";
import { createRotatingServer } from "./rotating-server.ts";
import { type TestAuthorizationServer, withForgiveness } from "./test-authorization-server.ts";

/**
 * The servers of the crash matrix. `keep` does not rotate grants. `strict` revokes the session at a second use.
 * `forgiving` accepts the last spent grant for {@link FORGIVEN_FOR}. `too late` no longer does.
 */
export type ServerKind = "keep" | "strict" | "forgiving" | "too late";

export const SERVER_KINDS: readonly ServerKind[] = ["keep", "strict", "forgiving", "too late"];

/** In milliseconds. */
export const FORGIVEN_FOR = 10_000;

export interface AuthorizationServerOptions {
  /** Of access tokens, in milliseconds. */
  readonly lifetime: number;
  /** A monotonic clock. @default performance.now */
  readonly elapsed?: (() => number) | undefined;
}

/** Makes the deciding part of a server. */
export type StartAuthorizationServer = (
  kind: ServerKind,
  options: AuthorizationServerOptions,
) => Promise<TestAuthorizationServer>;

export interface TestServer extends ChaosServer {
  /** Of access tokens, in milliseconds. */
  readonly lifetime: number;
  /** The `grantReplay` of a provider for this server. */
  readonly replay: GrantReplay;
}

export interface TestServerOptions extends AuthorizationServerOptions {
  /** @default startRotating */
  readonly make?: StartAuthorizationServer | undefined;
  /** Adds a network's delay, so that kills can hit a request on its way. */
  readonly isSlow?: boolean | undefined;
}

export async function startTestServer(
  kind: ServerKind,
  { make = startRotating, isSlow = false, ...options }: TestServerOptions,
): Promise<TestServer> {
  const server = await startServer(await make(kind, options));
  if (isSlow) Object.assign(server.delay, { before: 20, after: 40 });
  const replay = kind === "keep" ? "always" : kind === "strict" ? "never" : { within: FORGIVEN_FOR };
  return { ...server, lifetime: options.lifetime, replay };
}

/** Makes our own, which forgives with a new pair. */
export const startRotating: StartAuthorizationServer = async (kind, { lifetime, elapsed }) =>
  createRotatingServer({
    mode: kind === "too late" ? "forgiving" : kind,
    lifetime,
    forgiveFor: FORGIVEN_FOR,
    elapsed,
  });

/** Makes panva's, which forgives by repeating its answer. */
export const startCertified: StartAuthorizationServer = async (kind, { lifetime, elapsed }) => {
  const authorizationServer = await startCertifiedServer({
    lifetime: lifetime / 1000,
    rotates: kind !== "keep",
  });
  if (kind === "keep" || kind === "strict") return authorizationServer;
  return withForgiveness(authorizationServer, { forgiveFor: FORGIVEN_FOR, elapsed });
};
