import * as services from "@tokenflow/services";

export interface OidcServer extends services.OidcServer {
  /** `oauth:<host>` */
  readonly id: string;
}

export const CLIENT_SECRET = "s3cret:with spaces";

/** Starts the certified server with a confidential client and a public one. */
export async function startOidcServer(): Promise<OidcServer> {
  const clients = [{ id: "public" }, { id: "confidential", secret: CLIENT_SECRET }];
  const server = await services.startOidcServer({ clients });
  return { ...server, id: `oauth:${new URL(server.issuer).host}` };
}
