import type { GrantReplay } from "@tokenflow/core/provider";
import { startOidcAuthority } from "./oidc-server.ts";
import { createRotatingServer } from "./rotating-server.ts";
import type { TestAuthorizationServer } from "./test-authorization-server.ts";
import { withForgiveness } from "./with-forgiveness.ts";

/**
 * The servers of the crash matrix. `keep` does not rotate; `strict` revokes at a second use; `forgiving` lets
 * the last spent grant come again for {@link FORGIVEN_FOR}; `too late` is one that has stopped forgiving.
 */
export type ServerKind = "keep" | "strict" | "forgiving" | "too late";

export const SERVER_KINDS: readonly ServerKind[] = ["keep", "strict", "forgiving", "too late"];

/** In milliseconds. */
export const FORGIVEN_FOR = 10_000;

/** What a provider of such a server would say of its grants. */
export function replayOf(kind: ServerKind): GrantReplay {
  if (kind === "keep") return "always";
  return kind === "strict" ? "never" : { within: FORGIVEN_FOR };
}

export interface AuthorityOptions {
  /** Of access tokens, in milliseconds. */
  readonly lifetime: number;
  /** A monotonic clock. @default performance.now */
  readonly elapsed?: (() => number) | undefined;
}

/** Makes the deciding part of a server. */
export type MakeAuthority = (kind: ServerKind, options: AuthorityOptions) => Promise<TestAuthorizationServer>;

/** Ours, which forgives by a new pair. */
export const makeRotatingAuthority: MakeAuthority = async (kind, { lifetime, elapsed }) =>
  createRotatingServer({
    mode: kind === "too late" ? "forgiving" : kind,
    lifetime,
    forgiveFor: FORGIVEN_FOR,
    elapsed,
  });

/** panva's, which is made to forgive by the same answer again. */
export const makeOidcAuthority: MakeAuthority = async (kind, { lifetime, elapsed }) => {
  const authority = await startOidcAuthority({ lifetime: lifetime / 1000, rotates: kind !== "keep" });
  if (kind === "keep" || kind === "strict") return authority;
  return withForgiveness(authority, { forgiveFor: FORGIVEN_FOR, elapsed });
};
