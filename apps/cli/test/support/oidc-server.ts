import * as services from "@tokenflow/services";

export interface OidcServer extends services.OidcServer {
  /** `oauth:<host>` */
  readonly id: string;
}

export const CLIENT_SECRET = "s3cret:with spaces";

/** The certified server, with a client that has a secret and one that has none. */
export async function startOidcServer(): Promise<OidcServer> {
  const clients = [{ id: "public" }, { id: "confidential", secret: CLIENT_SECRET }];
  const server = await services.startOidcServer({ clients });
  return { ...server, id: `oauth:${new URL(server.issuer).host}` };
}
