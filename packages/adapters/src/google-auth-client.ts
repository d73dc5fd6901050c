import type { Token } from "@tokenflow/core";
import type { TokenSource } from "./bearer-token.ts";

/** The parts of `AuthClient` of `google-auth-library`, which a subclass of it inherits. */
interface GoogleBase {
  readonly transporter: { request(options: unknown): Promise<unknown> };
}

/**
 * Creates an `AuthClient` for `google-auth-library` and the clients that take one, gRPC clients of Google's among them.
 * A token that the API rejects with 401 is replaced, and the request sent once more.
 * @param base the class `AuthClient`, which this package does not load itself
 * @example
 * const auth = googleAuthClient(manager, AuthClient);
 */
export function googleAuthClient<Base extends abstract new () => object>(
  manager: TokenSource,
  base: Base,
): InstanceType<Base> {
  const Parent = base as unknown as new () => GoogleBase;
  class TokenFlowAuthClient extends Parent {
    async getAccessToken(): Promise<{ readonly token: string }> {
      return { token: (await manager.getToken()).accessToken };
    }

    async getRequestHeaders(): Promise<Headers> {
      return headersOf(await manager.getToken());
    }

    async request(options: { readonly headers?: HeadersInit }): Promise<unknown> {
      const token = await manager.getToken();
      try {
        return await this.send(options, token);
      } catch (error) {
        if (!isUnauthorized(error)) throw error;
        manager.reject(token);
        const next = await manager.getToken();
        if (next.accessToken === token.accessToken) throw error;
        return await this.send(options, next);
      }
    }

    private send(options: { readonly headers?: HeadersInit }, token: Token): Promise<unknown> {
      const headers = new Headers(options.headers);
      headers.set("authorization", token.authorization);
      return this.transporter.request({ ...options, headers });
    }
  }
  // The class has what AuthClient leaves to its subclasses.
  return new TokenFlowAuthClient() as InstanceType<Base>;
}

function headersOf(token: Token): Headers {
  return new Headers({ authorization: token.authorization });
}

/** Gaxios reports a status on the error, and on the answer in it. */
function isUnauthorized(error: unknown): boolean {
  return error instanceof Error && "status" in error && Number(error.status) === 401;
}
