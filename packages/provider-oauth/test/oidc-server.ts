import * as services from "@tokenflow/services";

export const SCOPE = "openid offline_access";
/** With everything that breaks where an id and a secret are joined as they are (RFC 6749 §2.3.1). */
export const AWKWARD = { id: "basic client:1", secret: "s3cret:with spaces+and/100%&more" };

export interface OidcServer extends services.OidcServer {
  /** The platform's, but that a device code seems to last even where the server ends it sooner. */
  readonly fetch: typeof fetch;
  /** How many refreshes it was asked for. */
  readonly refreshes: number;
  /** The next answer to a refresh arrives at the server's end only. */
  loseNextRefresh(): void;
}

/** The certified server, with a client of each kind, and what happens on the way to it. */
export async function startOidcServer(deviceCodeLifetime?: number): Promise<OidcServer> {
  const post = { id: "post", secret: AWKWARD.secret, authentication: "client_secret_post" } as const;
  const server = await services.startOidcServer({
    clients: [{ id: "public" }, AWKWARD, post],
    deviceCodeLifetime,
  });

  let refreshes = 0;
  let losing = false;
  const watched: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const form = await request.clone().text();
    const response = await fetch(request);
    if (form.includes("grant_type=refresh_token")) {
      refreshes += 1;
      if (losing) {
        losing = false;
        await response.arrayBuffer();
        throw new TypeError("fetch failed", {
          cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }),
        });
      }
    }
    if (!request.url.endsWith("/device/auth")) return response;
    const body: object = JSON.parse(await response.text());
    return Response.json({ ...body, expires_in: 60 }, { status: response.status });
  };

  return {
    ...server,
    fetch: watched,
    get refreshes() {
      return refreshes;
    },
    loseNextRefresh: () => {
      losing = true;
    },
  };
}
