import { startOidcServer } from "@tokenflow/services";
import type { Answer, TestAuthorizationServer } from "./test-authorization-server.ts";

export interface CertifiedServerOptions {
  /** Of access tokens, in whole seconds. */
  readonly lifetime: number;
  /** Every refresh token is good once, and a second use revokes the whole grant. */
  readonly rotates: boolean;
}

/** Starts the certified OpenID server. */
export async function startCertifiedServer({
  lifetime,
  rotates,
}: CertifiedServerOptions): Promise<TestAuthorizationServer> {
  const server = await startOidcServer({ clients: [{ id: "chaos" }], tokenLifetime: lifetime, rotates });
  const url = server.issuer;

  const post = async (path: string, form: URLSearchParams): Promise<Answer> => {
    const response = await fetch(url + path, { method: "POST", body: form });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  };

  return {
    async requestDeviceCode() {
      const scope = "openid offline_access";
      return post("/device/auth", new URLSearchParams({ client_id: "chaos", scope }));
    },
    approve: server.approve,
    token: (form) => post("/token", form),
    async accepts(accessToken) {
      const response = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${accessToken}` } });
      await response.arrayBuffer();
      return response.ok;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
