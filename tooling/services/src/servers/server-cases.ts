import { startOidcServer } from "../oidc/oidc-server.ts";
import { hasServices } from "../processes/has-services.ts";
import { hasAuthlib, startAuthlib } from "./authlib.ts";
import type { AuthorizationServer } from "./authorization-server.ts";
import { startBetterAuth } from "./better-auth.ts";
import { startGlewlwyd } from "./glewlwyd.ts";

/** A client of a server, in the words of TokenFlow's options. */
export interface ServerClient {
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly clientAuthentication?: "client_secret_basic" | "client_secret_post";
  /** The client is the one that the server registers for this program. */
  readonly register?: true;
  readonly scope?: string;
  readonly resource?: string;
  readonly pkce?: true;
  /** A service that is known by name, at the server's address, instead of an issuer. */
  readonly service?: { readonly name: string; readonly url: string };
}

/** A server and one of its clients, to sign in with. */
export interface ServerCase {
  readonly server: string;
  readonly client: string;
  /** Absent: the session ends with its token, and the server revokes nothing. */
  readonly hasRefresh: boolean;
  /** Set if the server refuses to revoke for this client. */
  readonly refusesToRevoke?: true;
  /** The refusal, for a client that cannot sign in. */
  readonly refuses?: RegExp;
  isInstalled(): boolean;
  open(): Promise<{ readonly server: AuthorizationServer; readonly client: ServerClient }>;
}

const SCOPE = "openid offline_access";
const SECRET = "s3cret-of-a-test";
/** With everything that breaks where an id and a secret are joined as they are (RFC 6749 §2.3.1). */
const AWKWARD = { id: "basic client:1", secret: "s3cret:with spaces+and/100%&more" };
const API = "https://api.example.org";

const always = (): boolean => true;

/** Servers that others wrote, each with every kind of client that it has. */
export const SERVER_CASES: readonly ServerCase[] = [
  oidc("public", { clientId: "public" }),
  oidc("public, with PKCE", { clientId: "public", pkce: true }),
  oidc("secret by Basic", { clientId: AWKWARD.id, clientSecret: AWKWARD.secret }),
  oidc("secret in the form", {
    clientId: "post",
    clientSecret: AWKWARD.secret,
    clientAuthentication: "client_secret_post",
  }),
  oidc("for one API (`resource`)", { clientId: "public", resource: API }),
  oidc("registered (RFC 7591)", { register: true }),
  { ...oidc("bound to a key (DPoP)", { clientId: "bound" }), refuses: /bound to a key \(DPoP\)/ },
  {
    server: "Better Auth, its device plugin",
    client: "public",
    hasRefresh: false,
    isInstalled: always,
    async open() {
      const server = await startBetterAuth(false);
      return { server, client: { service: { name: "better-auth", url: server.url }, clientId: "any" } };
    },
  },
  betterAuth("registered (RFC 7591)", async () => ({ register: true })),
  betterAuth("secret by Basic", async ({ register }) => {
    const { client_id: clientId, client_secret: clientSecret = "" } = await register("client_secret_basic");
    return { clientId, clientSecret };
  }),
  authlib("public", { clientId: "public" }),
  authlib("secret by Basic", { clientId: "basic", clientSecret: SECRET }),
  authlib("secret in the form, unasked", { clientId: "post", clientSecret: SECRET }),
  { ...glewlwyd("public", { clientId: "public" }), refusesToRevoke: true },
  glewlwyd("secret by Basic", { clientId: "basic", clientSecret: SECRET }),
];

function oidc(client: string, options: ServerClient): ServerCase {
  const clients = [
    { id: "public" },
    AWKWARD,
    { id: "post", secret: AWKWARD.secret, authentication: "client_secret_post" },
    { id: "bound", isKeyBound: true },
  ] as const;
  return {
    server: "oidc-provider",
    client,
    hasRefresh: true,
    isInstalled: always,
    open: async () => ({
      server: await startOidcServer({ clients, resources: options.resource === undefined ? [] : [API] }),
      client: { scope: SCOPE, ...options },
    }),
  };
}

function betterAuth(
  client: string,
  clientOf: (server: Awaited<ReturnType<typeof startBetterAuth>>) => Promise<ServerClient>,
): ServerCase {
  return {
    server: "Better Auth, its OAuth provider",
    client,
    hasRefresh: true,
    isInstalled: always,
    async open() {
      const server = await startBetterAuth(true);
      return { server, client: { scope: SCOPE, ...(await clientOf(server)) } };
    },
  };
}

function authlib(client: string, options: ServerClient): ServerCase {
  return {
    server: "Authlib",
    client,
    hasRefresh: true,
    isInstalled: hasAuthlib,
    open: async () => ({ server: await startAuthlib(SECRET), client: { scope: SCOPE, ...options } }),
  };
}

function glewlwyd(client: string, options: ServerClient): ServerCase {
  return {
    server: "Glewlwyd",
    client,
    hasRefresh: true,
    isInstalled: () => hasServices("glewlwyd"),
    async open() {
      const server = await startGlewlwyd(SECRET);
      return {
        server,
        client: { service: { name: "glewlwyd", url: new URL(server.issuer).origin }, ...options },
      };
    },
  };
}
