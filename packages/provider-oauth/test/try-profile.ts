import { createMemoryStore, createTokenManager, isTokenFlowError, type TokenManager } from "@tokenflow/core";
import { createOAuthProvider, type OAuthProvider, oauthServiceOptions } from "@tokenflow/provider-oauth";
import { OAUTH_CLIENT, type OAuthFake, type OAuthProfile, startOAuthFake } from "@tokenflow/simulator";

/** The columns of the table: "yes", "–" if the service has no such thing, else what went wrong. */
export interface Tried {
  readonly name: string;
  readonly signIn: string;
  readonly api: string;
  readonly refresh: string;
  readonly dead: string;
  readonly revoke: string;
}

/** Signs in to a stand-in as the library does it, and tries all that a session needs. */
export async function tryProfile(profile: OAuthProfile): Promise<Tried> {
  await using fake = await startOAuthFake(profile);
  const provider = providerOf(profile, fake);
  const hasRefresh = profile.says?.refresh !== "none";
  const hasRevocation =
    profile.paths?.revocation !== "" && !profile.document?.omits?.includes("revocation_endpoint");
  await using manager = openManager(provider, fake);
  const tried: Record<string, string> = {};
  const attempt = async (column: string, work: () => Promise<string | undefined>): Promise<void> => {
    tried[column] = await work().then(
      (wrong) => wrong ?? "yes",
      (error: unknown) => (isTokenFlowError(error) ? `${error.code}: ${error.message}` : String(error)),
    );
  };
  await attempt("signIn", async () => {
    const { failure } = await manager.signIn({ onUserCode: () => undefined });
    return failure?.message;
  });
  await attempt("api", async () => opens(fake, manager, false));
  await attempt("refresh", async () => {
    if (!hasRefresh) return (await manager.status()).renewable === false ? "–" : "told as renewable";
    return (await opens(fake, manager, true)) ?? opens(fake, manager, true);
  });
  await attempt("dead", async () => {
    if (!hasRefresh) return "–";
    fake.endSessions();
    const code = await manager.getToken({ forceRefresh: true }).then(
      () => "a token",
      (error: unknown) => (isTokenFlowError(error) ? error.code : String(error)),
    );
    return code === "session.revoked" ? undefined : code;
  });
  await attempt("revoke", async () => {
    await using again = openManager(provider, fake);
    await again.signIn({ onUserCode: () => undefined });
    const { revoked } = await again.signOut({ revoke: true });
    if (hasRevocation) return revoked && fake.revocations === 1 ? undefined : "not revoked";
    return revoked ? "told as revoked" : "–";
  });
  const { signIn = "", api = "", refresh = "", dead = "", revoke = "" } = tried;
  return { name: profile.name, signIn, api, refresh, dead, revoke };
}

/** Returns what is wrong with the next token, if anything is. */
async function opens(
  fake: OAuthFake,
  manager: TokenManager,
  forceRefresh: boolean,
): Promise<string | undefined> {
  const { accessToken } = await manager.getToken({ forceRefresh });
  return fake.opensApi(accessToken) ? undefined : "a token for another API";
}

function openManager(provider: OAuthProvider, fake: OAuthFake): TokenManager {
  return createTokenManager({ provider, store: createMemoryStore(), fetch: throughTo(fake) });
}

/** Sends every request to the stand-in, whatever host it names. */
function throughTo(fake: OAuthFake): typeof fetch {
  return (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    return fetch(new Request(fake.address + pathname + search, request));
  };
}

function providerOf({ service, settings = {}, client }: OAuthProfile, { origin }: OAuthFake): OAuthProvider {
  const fill = (text: string): string => text.replaceAll("$origin", origin);
  const filled = <T extends object>(members: T): { [K in keyof T]: string } =>
    JSON.parse(fill(JSON.stringify(members)));
  const own = {
    clientId: OAUTH_CLIENT.id,
    ...(client?.hasSecret ? { clientSecret: OAUTH_CLIENT.secret } : {}),
  };
  const { issuer, origins, endpoints, ...rest } = settings;
  if (service) {
    const [name, variables = {}] = service;
    return createOAuthProvider({ ...oauthServiceOptions(name, filled(variables)), ...rest, ...own });
  }
  const given = endpoints ? filled(endpoints) : {};
  if (issuer !== undefined)
    return createOAuthProvider({ issuer: fill(issuer), origins, endpoints: given, ...rest, ...own });
  return createOAuthProvider({ endpoints: { ...given, token: given.token ?? "" }, ...rest, ...own });
}
