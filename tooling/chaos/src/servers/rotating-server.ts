import { randomUUID } from "node:crypto";
import type { Answer, TestAuthorizationServer } from "./test-authorization-server.ts";

/**
 * `keep`: the refresh token does not change. `strict`: each is good once, and a second use revokes its whole
 * family, the live access token included (RFC 9700 §4.14.2). `forgiving`: as strict, but the last spent one may
 * be used again for a while, counted from its first use, and brings a new pair.
 */
export type RotationMode = "keep" | "strict" | "forgiving";

export interface RotatingServerOptions {
  readonly mode: RotationMode;
  /** Of access tokens, in milliseconds. */
  readonly lifetime: number;
  /** In milliseconds. @default 10_000 */
  readonly forgiveFor?: number | undefined;
  /** A monotonic clock. @default performance.now */
  readonly elapsed?: (() => number) | undefined;
}

interface Family {
  current: string;
  last: { readonly grant: string; readonly spentAt: number } | undefined;
  revoked: boolean;
}

const INVALID_GRANT: Answer = { status: 400, body: { error: "invalid_grant" } };

/** Creates a small authorization server that rotates as the big ones do. */
export function createRotatingServer(options: RotatingServerOptions): TestAuthorizationServer {
  const { mode, lifetime, forgiveFor = 10_000, elapsed = () => performance.now() } = options;
  const approvals = new Map<string, boolean>();
  const families = new Map<string, Family>();
  const tokens = new Map<string, { readonly family: Family; readonly endsAt: number }>();

  const issue = (family: Family): Answer => {
    const accessToken = `access-${randomUUID()}`;
    tokens.set(accessToken, { family, endsAt: elapsed() + lifetime });
    return {
      status: 200,
      body: {
        access_token: accessToken,
        token_type: "Bearer",
        expires_in: lifetime / 1000,
        ...(mode === "keep" ? {} : { refresh_token: family.current }),
      },
    };
  };

  const rotate = (family: Family): Answer => {
    family.current = `grant-${randomUUID()}`;
    families.set(family.current, family);
    return issue(family);
  };

  const redeem = (grant: string): Answer => {
    const family = families.get(grant);
    if (!family || family.revoked) return INVALID_GRANT;
    if (grant === family.current) {
      if (mode === "keep") return issue(family);
      family.last = { grant, spentAt: elapsed() };
      return rotate(family);
    }
    const { last } = family;
    const forgiven = mode === "forgiving" && last?.grant === grant && elapsed() - last.spentAt <= forgiveFor;
    if (forgiven) return rotate(family);
    family.revoked = true;
    return INVALID_GRANT;
  };

  const signIn = (code: string): Answer => {
    if (!approvals.get(code)) return { status: 400, body: { error: "authorization_pending" } };
    approvals.delete(code);
    const family: Family = { current: `grant-${randomUUID()}`, last: undefined, revoked: false };
    families.set(family.current, family);
    const { status, body } = issue(family);
    return { status, body: { ...body, refresh_token: family.current } };
  };

  return {
    async requestDeviceCode() {
      const code = randomUUID();
      approvals.set(code, false);
      return { status: 200, body: { device_code: code, user_code: code, expires_in: 60, interval: 0.01 } };
    },
    async approve(userCode) {
      approvals.set(userCode, true);
    },
    async token(form) {
      const grant = form.get("refresh_token");
      return grant === null ? signIn(form.get("device_code") ?? "") : redeem(grant);
    },
    async accepts(accessToken) {
      const token = tokens.get(accessToken);
      return token !== undefined && !token.family.revoked && elapsed() < token.endsAt;
    },
    async [Symbol.asyncDispose]() {},
  };
}
