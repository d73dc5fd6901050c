import type { Token } from "@tokenflow/core";
import type { TokenSource } from "./bearer-token.ts";

/** The answer of `octokit.auth()`. */
export interface OctokitAuthentication {
  readonly type: "token";
  readonly tokenType: "oauth";
  readonly token: string;
}

interface Endpoint {
  readonly url: string;
  headers: Record<string, unknown>;
}

/** The parts of `request` of `@octokit/request`. */
interface OctokitRequest {
  readonly endpoint: { merge(route: unknown, parameters?: unknown): Endpoint };
  (options: unknown): Promise<unknown>;
}

export interface OctokitAuth {
  (): Promise<OctokitAuthentication>;
  hook(request: unknown, route: unknown, parameters?: unknown): Promise<unknown>;
}

/**
 * The `authStrategy` of octokit. A token that the API rejects with 401 is replaced, and the request sent once more.
 * @example
 * const octokit = new Octokit({ authStrategy: octokitAuth, auth: { manager } });
 */
export function octokitAuth({ manager }: { readonly manager: TokenSource }): OctokitAuth {
  const send = async (request: OctokitRequest, endpoint: Endpoint, token: Token): Promise<unknown> => {
    endpoint.headers["authorization"] = token.authorization;
    return request(endpoint);
  };
  return Object.assign(
    async (): Promise<OctokitAuthentication> => ({
      type: "token",
      tokenType: "oauth",
      token: (await manager.getToken()).accessToken,
    }),
    {
      async hook(given: unknown, route: unknown, parameters?: unknown): Promise<unknown> {
        const request = given as OctokitRequest;
        const endpoint = request.endpoint.merge(route, parameters);
        const token = await manager.getToken();
        try {
          return await send(request, endpoint, token);
        } catch (error) {
          if (!isUnauthorized(error)) throw error;
          manager.reject(token);
          const next = await manager.getToken();
          if (next.accessToken === token.accessToken) throw error;
          return send(request, endpoint, next);
        }
      },
    },
  );
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof Error && "status" in error && error.status === 401;
}
