import type { Provider, ProviderContext } from "oidc-provider";

/** One request of the token endpoint, once it was decided. All times are milliseconds of this process's monotonic clock. */
export interface TokenRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The refresh token that was presented, none at a sign-in. */
  readonly presented: string | undefined;
  readonly arrivedAt: number;
  /** When the presented refresh token was replaced by another. */
  readonly rotatedAt: number | undefined;
  /** When the answer was ready to be sent. */
  readonly answeredAt: number;
  readonly accepted: boolean;
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
}

export interface TokenWatch {
  /** The server's setting `rotateRefreshToken`, which it asks at the rotation. */
  rotates(context: ProviderContext): boolean;
  /** Begins to report. */
  attach(provider: Provider): void;
}

/** Tells a listener of every grant that was presented, and of when exactly it was spent. */
export function createTokenWatch(rotates: boolean, onToken: (request: TokenRequest) => void): TokenWatch {
  const rotatedAt = new WeakMap<ProviderContext, number>();
  return {
    rotates(context) {
      if (rotates) rotatedAt.set(context, performance.now());
      return rotates;
    },
    attach(provider) {
      provider.use(async (context, next) => {
        const arrivedAt = performance.now();
        await next();
        const { params } = context.oidc ?? {};
        // Without parameters its sender left before they came, and nothing was decided.
        if (context.path !== "/token" || params === undefined) return;
        const { access_token: accessToken, refresh_token: refreshToken } = context.body as TokenBody;
        onToken({
          headers: context.req.headers,
          presented: params["refresh_token"],
          arrivedAt,
          rotatedAt: rotatedAt.get(context),
          answeredAt: performance.now(),
          accepted: accessToken !== undefined,
          accessToken,
          refreshToken,
        });
      });
    },
  };
}

interface TokenBody {
  readonly access_token?: string;
  readonly refresh_token?: string;
}
